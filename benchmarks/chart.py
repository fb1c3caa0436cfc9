"""Draws the results: ratios as bars against native = 1, and the clicks that counted."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

PICTURE = Path(__file__).parent / "results.svg"
_WIDTH, _MARGIN, _LABEL, _ROW, _BAR = 760, 24, 236, 22, 12
_LEFT, _RIGHT = _MARGIN + _LABEL, _WIDTH - _MARGIN - 68
_INK, _FAINT, _CARD, _EDGE = "#24292f", "#57606a", "#f6f8fa", "#d0d7de"
_COLORS = {"inline": "#2e6db4", "iframe": "#7ba7d4", "number": "#9aa3ad", "button": "#9aa3ad"}
_NAMES = {"button": "st.button", "number": "st.number_input"}
_TITLES = {
    "click to paint": "Click to paint",
    "click to Python and back": "Click to Python and back",
    "load to interactive, 1 widget": "Page load, 1 widget",
    "load to interactive, 50 widgets": "Page load, 50 widgets",
}


class _Drawing:
    """Shapes from top to bottom; `y` is where the next one goes."""

    def __init__(self) -> None:
        self.y = float(_MARGIN)
        self.shapes: list[str] = []

    def text(
        self, x: float, text: str, *, size: int = 13, color: str = _INK, more: str = ""
    ) -> None:
        self.shapes.append(
            f'<text x="{x:g}" y="{self.y + 11:g}" font-size="{size}" fill="{color}" {more}>'
            f"{escape(text)}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float, color: str) -> None:
        self.shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:g}" '
            f'rx="2" fill="{color}"/>'
        )

    def upright(self, x: float, top: float, bottom: float, style: str) -> None:
        self.shapes.append(
            f'<line x1="{x:.1f}" y1="{top:.1f}" x2="{x:.1f}" y2="{bottom:.1f}" {style}/>'
        )

    def svg(self, description: str) -> str:
        height = self.y + _MARGIN
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height:g}" '
            f'viewBox="0 0 {_WIDTH} {height:g}" role="img" '
            f'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">\n'
            f"<title>{escape(description)}</title>\n"
            f'<rect x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1:g}" rx="8" '
            f'fill="{_CARD}" stroke="{_EDGE}"/>\n' + "\n".join(self.shapes) + "\n</svg>\n"
        )


def save(results: dict[str, Any]) -> None:
    """Draw what `results` holds; parts that were never measured are left out."""
    parts = results["parts"]
    rows = [row for part in parts.values() for row in part["rows"] if row["chart"]]
    ratios = [
        row for row in rows if row["ratio"] is not None and row["kind"] in ("inline", "iframe")
    ]
    counts = [row for row in rows if row["ratio"] is None]
    if not rows:
        return
    drawing = _Drawing()
    if ratios:
        _draw_ratios(drawing, ratios)
    if counts:
        _draw_counts(drawing, counts, parts)
    _draw_notes(drawing, parts)
    spoken = [f"{row['measure']}, {row['kind']}: {row['ratio']:.2f}" for row in ratios]
    spoken += [f"{row['measure']}, {row['kind']}: {row['median']:g} of 20" for row in counts]
    PICTURE.write_text(drawing.svg("Compared with Streamlit's own widgets: " + "; ".join(spoken)))


def _draw_ratios(drawing: _Drawing, rows: list[dict[str, Any]]) -> None:
    drawing.text(_MARGIN, "Time, with Streamlit's own widgets = 1", size=15, more=_BOLD)
    drawing.text(_WIDTH - _MARGIN, "shorter is better", color=_FAINT, more=_END)
    drawing.y += 28
    most = max(1.25, *(max(row["ratio_high"], row["target"] or 0) for row in rows)) * 1.03
    scale = (_RIGHT - _LEFT) / most
    native_from = drawing.y
    title = ""
    for row in rows:
        if row["measure"] != title:
            drawing.y += 6 if title else 0
            title = row["measure"]
            drawing.text(_MARGIN, _TITLES.get(title, title))
        drawing.text(_LEFT - 8, row["kind"], color=_FAINT, more=_END)
        top, middle = drawing.y + 1, drawing.y + 1 + _BAR / 2
        drawing.box(_LEFT, top, row["ratio"] * scale, _BAR, _COLORS[row["kind"]])
        low, high = _LEFT + row["ratio_low"] * scale, _LEFT + row["ratio_high"] * scale
        drawing.shapes.append(
            f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="{_INK}" stroke-width="1.5"/>'
        )
        if row["target"] is not None:
            at = _LEFT + row["target"] * scale
            drawing.upright(at, top - 3, top + _BAR + 3, 'stroke="#bc4c00" stroke-width="2"')
        drawing.text(_WIDTH - _MARGIN, f"{row['ratio']:.2f}", more=f"{_END} {_BOLD}")
        drawing.y += _ROW
    one = _LEFT + scale
    drawing.upright(one, native_from - 4, drawing.y, f'stroke="{_INK}" stroke-dasharray="3 3"')
    drawing.text(one, "1 = native", size=11, color=_FAINT, more='text-anchor="middle"')
    drawing.y += 30


def _draw_counts(drawing: _Drawing, rows: list[dict[str, Any]], parts: dict[str, Any]) -> None:
    complete = {
        row["kind"]: f"{row['median']:g}/{row['unit'].removeprefix('of ')}"
        for row in parts["bursts"]["rows"]
        if row["measure"] == "bursts with 20 of 20, Python"
    }
    drawing.text(_MARGIN, "Clicks that Python counts, of 20 rapid ones", size=15, more=_BOLD)
    drawing.text(
        _WIDTH - _MARGIN, "median burst, and bursts without a loss", color=_FAINT, more=_END
    )
    drawing.y += 28
    pitch = (_RIGHT - _LEFT) / 20
    for row in rows:
        name = _NAMES.get(row["kind"], f"persistent_state, {row['kind']}")
        drawing.text(_LEFT - 8, name, more=_END)
        for click in range(20):
            color = _COLORS[row["kind"]] if click < row["median"] else _EDGE
            drawing.box(_LEFT + click * pitch, drawing.y + 1, pitch - 4, _BAR, color)
        drawing.text(_RIGHT + 22, f"{row['median']:g}", more=f"{_END} {_BOLD}")
        drawing.text(_WIDTH - _MARGIN, complete[row["kind"]], size=11, color=_FAINT, more=_END)
        drawing.y += _ROW
    drawing.y += 12


def _draw_notes(drawing: _Drawing, parts: dict[str, Any]) -> None:
    newest = list(parts.values())[-1]["environment"]
    quick = ", quick run: few samples" if any(part["quick"] for part in parts.values()) else ""
    for line in (
        "Bar: ratio of medians. Black line: where it lies in 95 of 100 resamples. "
        "Orange tick: the target.",
        "The click is compared with st.button, the load with st.number_input and st.text_input.",
        f"Streamlit {newest['streamlit']}, Chromium {newest['chromium'].split('.')[0]}, "
        f"{newest['cpus']} cores; native and widget measured in turns{quick}.",
    ):
        drawing.text(_MARGIN, line, size=11, color=_FAINT)
        drawing.y += 16


_BOLD = 'font-weight="600"'
_END = 'text-anchor="end"'
