import streamlit as st

st.title("Form in steps")

if "step" not in st.session_state:
    st.session_state.step = 1
    st.session_state.order = {"name": "", "size": "Medium", "note": ""}

step, order = st.session_state.step, st.session_state.order
sizes = ["Small", "Medium", "Large"]


def go(to):
    st.session_state.step = to


# A widget that is not on the page forgets; the dictionary does not. Kept in a
# callback, an answer is there even if Next is pressed while it is on its way.
def keep(name):
    order[name] = st.session_state[f"order_{name}"]


def options(name):
    return {"key": f"order_{name}", "on_change": keep, "args": (name,)}


st.progress(step / 3, f"Step {step} of 3")
if step == 1:
    st.text_input("Your name", order["name"], **options("name"))
elif step == 2:
    st.radio("Size", sizes, sizes.index(order["size"]), **options("size"))
    st.text_area("Note", order["note"], **options("note"))
else:
    st.write(f"**{order['name'] or 'Somebody'}** takes **{order['size']}**.")
    st.write(order["note"] or "No note.")

back, forward = st.columns(2)
back.button("Back", on_click=go, args=(step - 1,), disabled=step == 1, width="stretch")
forward.button("Next", on_click=go, args=(step + 1,), disabled=step == 3, width="stretch")
