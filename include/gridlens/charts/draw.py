"""Charts as pictures and as pages, without a network."""

from __future__ import annotations

import json
import struct
import zlib
from importlib.resources import files
from string import Template
from typing import Any

import vl_convert

from gridlens.charts.figure import Chart

PICTURE_SCALE = 1.5


def specification(chart: Chart) -> dict[str, Any]:
    """The Vega-Lite specification, its data in it; the same for page, notebook and picture."""
    return dict(chart.to_dict())


def png(chart: Chart) -> bytes:
    """The chart as a PNG picture."""
    text = json.dumps(specification(chart))
    return _packed(bytes(vl_convert.vegalite_to_png(text, scale=PICTURE_SCALE)))


def _packed(picture: bytes) -> bytes:
    """The same pixels in about a fourth of the bytes: vl-convert packs for speed."""
    head, pixels, after = picture[:8], b"", 8
    chunks: list[tuple[bytes, bytes]] = []
    while after < len(picture):
        size, kind = struct.unpack(">I4s", picture[after : after + 8])
        body = picture[after + 8 : after + 8 + size]
        after += size + 12
        if kind == b"IDAT":
            pixels += body
        elif kind == b"IEND":
            chunks += [(b"IDAT", zlib.compress(zlib.decompress(pixels), 9)), (kind, body)]
        else:
            chunks.append((kind, body))
    return head + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", check)


def svg(chart: Chart) -> str:
    """The chart as SVG."""
    return str(vl_convert.vegalite_to_svg(json.dumps(specification(chart))))


def html(chart: Chart) -> str:
    """The chart as a page that needs nothing else."""
    text = (files("gridlens.charts") / "chart.html").read_text(encoding="utf-8")
    parts = {"bundle": javascript(), "specification": inline(specification(chart))}
    return Template(text).substitute(parts)


def inline(value: Any) -> str:
    """JSON that cannot end the script element that it stands in."""
    return json.dumps(value, allow_nan=False).replace("<", "\\u003c")


def javascript() -> str:
    """Vega, Vega-Lite and their embedding as one script, for a page of many charts."""
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
