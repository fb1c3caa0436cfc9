import streamlit as st

from streamlit_persistent_state import persist

persist("username", "age", "city")  # all that was added

CITIES = ["Paris", "Oslo", "Lima"]
DEFAULTS = {"username": "", "age": 18, "city": "Paris"}

for key, default in DEFAULTS.items():
    if key not in st.session_state:
        st.session_state[key] = default


# A field forgets when its page is left; the key that
# it is kept under does not.
def keep(key):
    st.session_state[key] = st.session_state[f"{key}_field"]


def kept(key):
    return {"key": f"{key}_field", "on_change": keep, "args": (key,)}


st.text_input("User name", st.session_state["username"], **kept("username"))
st.number_input("Age", 0, 120, st.session_state["age"], **kept("age"))
st.selectbox("City", CITIES, CITIES.index(st.session_state["city"]), **kept("city"))

st.json({key: st.session_state[key] for key in DEFAULTS})
