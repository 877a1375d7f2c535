"""The compiler: from a checked policy to a plan."""

from guardc.compiler.build import Compilation, compile_file, compile_policy, compile_text

__all__ = ["Compilation", "compile_file", "compile_policy", "compile_text"]
