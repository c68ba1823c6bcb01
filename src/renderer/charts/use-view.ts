import { ref, type Ref } from 'vue';
import type { Point } from './lineage-paths.ts';
import { zoomAt, type Size, type View } from './view.ts';

/** Zoom of one press, and of one step of a wheel. */
const press = 1.2;
const wheelStep = 0.0022;

/** A view that pointer and wheel move: drag and wheel pan, wheel with Ctrl or a pinch zooms where the pointer is. */
export function useView(frame: Readonly<Ref<HTMLElement | null>>, size: Readonly<Ref<Size>>) {
  const view = ref<View>({ x: 0, y: 0, scale: 1 });
  /** Whether the last move was a jump, which may be shown as a glide. */
  const gliding = ref(false);
  const dragging = ref(false);
  let last: Point = { x: 0, y: 0 };

  function move(next: View): void {
    gliding.value = true;
    view.value = next;
  }
  function zoom(direction: 1 | -1): void {
    const { width, height } = size.value;
    move(zoomAt(view.value, press ** direction, { x: width / 2, y: height / 2 }));
  }
  function panBy(x: number, y: number): void {
    view.value = { ...view.value, x: view.value.x + x, y: view.value.y + y };
  }

  function onWheel(event: WheelEvent): void {
    gliding.value = false;
    if (!event.ctrlKey && !event.metaKey) {
      panBy(-event.deltaX, -event.deltaY);
      return;
    }
    const { left = 0, top = 0 } = frame.value?.getBoundingClientRect() ?? {};
    const point = { x: event.clientX - left, y: event.clientY - top };
    view.value = zoomAt(view.value, Math.exp(-event.deltaY * wheelStep), point);
  }
  function onPointerDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    dragging.value = true;
    gliding.value = false;
    last = { x: event.clientX, y: event.clientY };
    frame.value?.setPointerCapture(event.pointerId);
  }
  function onPointerMove(event: PointerEvent): void {
    if (!dragging.value) return;
    panBy(event.clientX - last.x, event.clientY - last.y);
    last = { x: event.clientX, y: event.clientY };
  }
  function onPointerUp(): void {
    dragging.value = false;
  }
  return { view, gliding, dragging, move, zoom, panBy, onWheel, onPointerDown, onPointerMove, onPointerUp };
}
