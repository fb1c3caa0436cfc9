"""Measures the widget next to Streamlit's own widgets; `python -m benchmarks.run`."""
