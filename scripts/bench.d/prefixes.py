"""The prefixes of the bulk rows: neighbouring /24s of 10.0.0.0/8, then of 11.0.0.0/8."""


def prefixes(count: int) -> list[str]:
    return [f"{10 + i // 65536}.{i // 256 % 256}.{i % 256}.0/24" for i in range(count)]
