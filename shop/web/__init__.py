"""The faces: what people and machines meet over HTTP."""
