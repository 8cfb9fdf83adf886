"""The scalar types that resources are declared with, as they stand on the wire.

Each is an ordinary Python type with a mark that says what Kubernetes makes of it; `schema.declare` reads the mark.
"""

from __future__ import annotations

from typing import Annotated, Any

from pybernetes.api.schema.tree import Scalar, ScalarType

Int32 = Annotated[int, Scalar(ScalarType.INT32)]
Int64 = Annotated[int, Scalar(ScalarType.INT64)]
Double = Annotated[float, Scalar(ScalarType.DOUBLE)]
Base64 = Annotated[str, Scalar(ScalarType.BASE64)]
Time = Annotated[str, Scalar(ScalarType.TIME)]
MicroTime = Annotated[str, Scalar(ScalarType.MICRO_TIME)]
Quantity = Annotated[str, Scalar(ScalarType.QUANTITY)]
IntOrString = Annotated[int | str, Scalar(ScalarType.INT_OR_STRING)]
RawObject = Annotated[dict[str, Any], Scalar(ScalarType.RAW_OBJECT)]
AnyValue = Annotated[Any, Scalar(ScalarType.ANY)]
