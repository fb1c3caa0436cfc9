import streamlit as st

st.title("Several keys")

for key, default in {"username": "", "age": 18, "city": "Paris"}.items():
    if key not in st.session_state:
        st.session_state[key] = default

cities = ["Paris", "Oslo", "Lima"]
st.session_state["username"] = st.text_input(
    "User name", st.session_state["username"], key="username_field"
)
st.session_state["age"] = st.number_input("Age", 0, 120, st.session_state["age"], key="age_field")
st.session_state["city"] = st.selectbox(
    "City", cities, cities.index(st.session_state["city"]), key="city_field"
)

st.json({key: st.session_state[key] for key in ("username", "age", "city")})
