"""Sixteen floats at a time inside numba functions: the vector type and the few operations the word-vector loops need.

LLVM's own vectoriser gives up on these loops (too many pointers that might overlap), so they say what they
want. On processors with narrower registers LLVM splits each operation; nothing here is tied to one of them.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import extending, types
from numba.extending import models, register_model

from nlp_toolkit.compat import declare_function

LANES = 16

# numba is typed in part: a decorated function would be taken for one that still wants the typing context.
_intrinsic: Any = extending.intrinsic
_declare: Any = declare_function()

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_FAST = ("nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc")


class Float32Lanes(types.Type):
    """Numba's name for a register of `LANES` float32 values."""

    def __init__(self) -> None:
        super().__init__(name=f"Float32Lanes({LANES})")


lanes = Float32Lanes()


@register_model(Float32Lanes)
class _Float32LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _VECTOR)  # type: ignore[no-untyped-call]


def _element(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index], inbounds=True)


def _constant(value: float) -> Any:
    return ir.Constant(_VECTOR, [value] * LANES)


def _splat(builder: Any, value: Any) -> Any:
    empty = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


@_intrinsic
def load(typing: Any, array: Any, index: Any) -> Any:
    """`array[index : index + LANES]` of a contiguous float32 array; bounds are the caller's business."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = builder.bitcast(_element(context, builder, signature.args[0], *arguments), _VECTOR.as_pointer())
        return builder.load(place, align=4)

    return lanes(array, types.intp), build


@_intrinsic
def store(typing: Any, array: Any, index: Any, values: Any) -> Any:
    """Write `values` to `array[index : index + LANES]`."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_value, index_value, vector = arguments
        element = _element(context, builder, signature.args[0], array_value, index_value)
        builder.store(vector, builder.bitcast(element, _VECTOR.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), build


@_intrinsic
def prefetch(typing: Any, array: Any, index: Any) -> Any:
    """Ask for the cache line of `array[index]`, which will be read and written soon."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        element = builder.bitcast(_element(context, builder, signature.args[0], *arguments), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [element.type, number, number, number])
        function = _declare(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [element, number(1), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), build


@_intrinsic
def zeros(typing: Any) -> Any:
    """A register of zeros."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _constant(0.0)

    return lanes(), build


@_intrinsic
def spread(typing: Any, value: Any) -> Any:
    """The float32 `value` in every lane."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _splat(builder, arguments[0])

    return lanes(types.float32), build


@_intrinsic
def add(typing: Any, a: Any, b: Any) -> Any:
    """`a + b`, lane by lane."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fadd(*arguments, flags=_FAST)

    return lanes(lanes, lanes), build


@_intrinsic
def multiply(typing: Any, a: Any, b: Any) -> Any:
    """`a * b`, lane by lane."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fmul(*arguments, flags=_FAST)

    return lanes(lanes, lanes), build


@_intrinsic
def multiply_add(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """`a * b + c`, lane by lane, fused where the processor can."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a_value, b_value, c_value = arguments
        return builder.fadd(builder.fmul(a_value, b_value, flags=_FAST), c_value, flags=_FAST)

    return lanes(lanes, lanes, lanes), build


@_intrinsic
def total(typing: Any, values: Any) -> Any:
    """The sum over all lanes, a float32."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.FloatType(), [ir.FloatType(), _VECTOR])
        name = f"llvm.vector.reduce.fadd.v{LANES}f32"
        function = _declare(builder.module, kind, name)
        return builder.call(function, [ir.Constant(ir.FloatType(), 0.0), arguments[0]], fastmath=_FAST)

    return types.float32(lanes), build


@_intrinsic
def product(typing: Any, values: Any) -> Any:
    """The product over all lanes, in float64 so that sixteen small probabilities do not vanish."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.VectorType(ir.DoubleType(), LANES)
        kind = ir.FunctionType(ir.DoubleType(), [ir.DoubleType(), wide])
        name = f"llvm.vector.reduce.fmul.v{LANES}f64"
        function = _declare(builder.module, kind, name)
        values = builder.fpext(arguments[0], wide)
        return builder.call(function, [ir.Constant(ir.DoubleType(), 1.0), values], fastmath=_FAST)

    return types.float64(lanes), build


# 2**f on [-1/2, 1/2] by its Taylor series, ln(2)**k / k!; the next term is below 2e-7.
_EXP2 = [1.0, 0.6931471805599453, 0.2402265069591007, 0.05550410866482158, 0.009618129107628477, 0.0013333558146428443,
         0.00015403530393381608]  # fmt: skip
# sigmoid(LIMIT) is 1 in float32, and the product of twelve sigmoid(-LIMIT) is still an ordinary float64.
LIMIT = 30.0


@_intrinsic
def sigmoid(typing: Any, values: Any) -> Any:
    """`1 / (1 + exp(-x))` lane by lane, to a few units of the seventh digit; `x` is clipped to +-LIMIT."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def call(name: str, *operands: Any) -> Any:
            kind = ir.FunctionType(_VECTOR, [operand.type for operand in operands])
            function = _declare(builder.module, kind, f"llvm.{name}.v{LANES}f32")
            return builder.call(function, operands)

        x = call("minnum", call("maxnum", arguments[0], _constant(-LIMIT)), _constant(LIMIT))
        power = builder.fmul(x, _constant(-1.4426950408889634))
        whole = call("rint", power)
        part = builder.fsub(power, whole)
        series = _constant(_EXP2[-1])
        for coefficient in reversed(_EXP2[:-1]):
            series = builder.fadd(builder.fmul(series, part, flags=_FAST), _constant(coefficient), flags=_FAST)
        integers = ir.VectorType(ir.IntType(32), LANES)
        bits = builder.add(builder.fptosi(whole, integers), ir.Constant(integers, [127] * LANES))
        scale = builder.bitcast(builder.shl(bits, ir.Constant(integers, [23] * LANES)), _VECTOR)
        one = _constant(1.0)
        return builder.fdiv(one, builder.fadd(one, builder.fmul(series, scale, flags=_FAST), flags=_FAST))

    return lanes(lanes), build
