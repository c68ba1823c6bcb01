import { computed, onMounted, reactive, shallowRef } from 'vue';
import { ask, failureOf, type CallFailure } from '../../host/index.ts';
import { useService } from '../../stores/index.ts';

/** The library's settings: each change is kept at once, and what is refused is said beside its control. */
export function useSettings() {
  const service = useService();
  const all = shallowRef<Readonly<Record<string, unknown>>>();
  const failure = shallowRef<CallFailure>();
  /** Why the last change of a setting was refused, by its key. */
  const refused = reactive(new Map<string, string>());

  async function read(): Promise<void> {
    try {
      all.value = (await ask('settings', {})).settings;
      failure.value = undefined;
    } catch (error) {
      failure.value = failureOf(error);
    }
  }
  onMounted(read);

  async function save(key: string, value: unknown): Promise<void> {
    refused.delete(key);
    try {
      all.value = (await ask('setSettings', { set: { [key]: value } })).settings;
    } catch (error) {
      refused.set(key, failureOf(error).message);
      // A control shows what is set, not what was wished.
      if (all.value) all.value = { ...all.value };
    }
    await service.readSettings();
  }

  /** A setting as what it is read and written as. */
  function setting<Value>(key: string, byDefault: Value) {
    return computed<Value>({
      get: () => (all.value?.[key] as Value | undefined) ?? byDefault,
      set: (value) => void save(key, value),
    });
  }

  return { all, failure, refused, read, save, setting };
}
