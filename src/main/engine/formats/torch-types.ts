import type { Dtype } from '../dtypes.ts';

/** What one element of a torch storage is. `OPAQUE` with more than one byte: a number the engine has no type for. */
export interface ElementType {
  readonly dtype: Dtype;
  readonly bytes: number;
}

/** torch dtypes by the names they are pickled under; a dtype has several (`torch.half`, `torch.float16`). */
const elementTypes = new Map<string, ElementType>([
  ['bool', { dtype: 'BOOL', bytes: 1 }],
  ['uint8', { dtype: 'U8', bytes: 1 }],
  ['int8', { dtype: 'I8', bytes: 1 }],
  ['int16', { dtype: 'I16', bytes: 2 }],
  ['short', { dtype: 'I16', bytes: 2 }],
  ['uint16', { dtype: 'U16', bytes: 2 }],
  ['int32', { dtype: 'I32', bytes: 4 }],
  ['int', { dtype: 'I32', bytes: 4 }],
  ['uint32', { dtype: 'U32', bytes: 4 }],
  ['int64', { dtype: 'I64', bytes: 8 }],
  ['long', { dtype: 'I64', bytes: 8 }],
  ['uint64', { dtype: 'U64', bytes: 8 }],
  ['float16', { dtype: 'F16', bytes: 2 }],
  ['half', { dtype: 'F16', bytes: 2 }],
  ['bfloat16', { dtype: 'BF16', bytes: 2 }],
  ['float32', { dtype: 'F32', bytes: 4 }],
  ['float', { dtype: 'F32', bytes: 4 }],
  ['float64', { dtype: 'F64', bytes: 8 }],
  ['double', { dtype: 'F64', bytes: 8 }],
  ['complex32', { dtype: 'OPAQUE', bytes: 4 }],
  ['complex64', { dtype: 'C64', bytes: 8 }],
  ['cfloat', { dtype: 'C64', bytes: 8 }],
  ['complex128', { dtype: 'OPAQUE', bytes: 16 }],
  ['cdouble', { dtype: 'OPAQUE', bytes: 16 }],
  ['float8_e4m3fn', { dtype: 'F8_E4M3', bytes: 1 }],
  ['float8_e4m3fnuz', { dtype: 'F8_E4M3FNUZ', bytes: 1 }],
  ['float8_e5m2', { dtype: 'F8_E5M2', bytes: 1 }],
  ['float8_e5m2fnuz', { dtype: 'F8_E5M2FNUZ', bytes: 1 }],
  ['float8_e8m0fnu', { dtype: 'F8_E8M0', bytes: 1 }],
  // Two values in a byte, counted as one element by torch.
  ['float4_e2m1fn_x2', { dtype: 'OPAQUE', bytes: 1 }],
]);

/** Typed storages by the names they are pickled under, with the dtype of their elements. */
const storageDtypes = new Map<string, string>([
  ['torch.BoolStorage', 'bool'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.CharStorage', 'int8'],
  ['torch.ShortStorage', 'int16'],
  ['torch.IntStorage', 'int32'],
  ['torch.LongStorage', 'int64'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.FloatStorage', 'float32'],
  ['torch.DoubleStorage', 'float64'],
  ['torch.ComplexFloatStorage', 'complex64'],
  ['torch.ComplexDoubleStorage', 'complex128'],
]);

/** A storage of bytes, whose tensors say their own dtype. */
const untypedStorage = 'torch.storage.UntypedStorage';

/** The dtype of a global such as `torch.float32`. */
export function dtypeOfGlobal(name: string): ElementType | undefined {
  return name.startsWith('torch.') ? elementTypes.get(name.slice('torch.'.length)) : undefined;
}

/** The elements of a storage global such as `torch.FloatStorage`; an untyped one counts bytes. */
export function elementsOfStorage(name: string): ElementType | undefined {
  return name === untypedStorage
    ? { dtype: 'OPAQUE', bytes: 1 }
    : elementTypes.get(storageDtypes.get(name) ?? '');
}
