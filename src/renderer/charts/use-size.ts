import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue';
import type { Size } from './view.ts';

/** The inner size of an element, as it changes. */
export function useSize(element: Readonly<Ref<HTMLElement | null>>): Ref<Size> {
  const size = ref<Size>({ width: 0, height: 0 });
  const measure = () => {
    size.value = { width: element.value?.clientWidth ?? 0, height: element.value?.clientHeight ?? 0 };
  };
  const observer = new ResizeObserver(measure);
  onMounted(() => {
    measure();
    if (element.value) observer.observe(element.value);
  });
  onBeforeUnmount(() => observer.disconnect());
  return size;
}
