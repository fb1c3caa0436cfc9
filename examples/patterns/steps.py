import streamlit as st

from streamlit_persistent_state import persist

persist("step", "order")  # all that was added

SIZES = ["Small", "Medium", "Large"]

if "step" not in st.session_state:
    st.session_state.step = 1
    st.session_state.order = {"name": "", "size": "Medium", "note": ""}

step, order = st.session_state.step, st.session_state.order


def go(to):
    st.session_state.step = to


# A field that is not on the page forgets; the order does
# not. A callback keeps the answer even if Next is pressed
# while the cursor is still in the field.
def keep(name):
    st.session_state.order[name] = st.session_state[f"order_{name}"]


def kept(name):
    return {"key": f"order_{name}", "on_change": keep, "args": (name,)}


st.progress(step / 3, f"Step {step} of 3")
if step == 1:
    st.text_input("Your name", order["name"], **kept("name"))
elif step == 2:
    st.radio("Size", SIZES, SIZES.index(order["size"]), **kept("size"))
    st.text_area("Note", order["note"], **kept("note"))
else:
    st.write(f"**{order['name'] or 'Somebody'}** takes **{order['size']}**.")
    st.write(order["note"] or "No note.")

with st.container(horizontal=True):
    st.button("Back", on_click=go, args=(step - 1,), disabled=step == 1)
    st.button("Next", on_click=go, args=(step + 1,), disabled=step == 3)
