"""The widget beside Streamlit's own; the query says how."""

import streamlit as st

from streamlit_persistent_state import persistent_state

query = st.query_params
host = query.get("host", "inline")
case = query.get("case", "beside")

if case == "beside":
    persistent_state(
        "Visits", key="visits", host=host, help="How often", placeholder="Type here", max_chars=10
    )
    st.number_input("Number", value=0, help="Native")
    st.text_input("Text", placeholder="Type here", max_chars=10, help="Native")
    st.button("Button")
    persistent_state("Off", key="off", host=host, disabled=True, text="off")
    st.number_input("Number off", value=0, disabled=True)
    st.text_input("Text off", value="off", disabled=True)
elif case == "bounds":
    persistent_state("Visits", key="visits", host=host, min_value=-2, max_value=4, step=2)
elif case == "hidden":
    persistent_state("Visits", key="visits", host=host, label_visibility="hidden")
elif case == "collapsed":
    persistent_state(
        "Visits", key="visits", host=host, label_visibility="collapsed", show_reset=False
    )
    st.text_input("Text", label_visibility="collapsed")
elif case == "width":
    with st.container(width=int(query["width"])):
        persistent_state(
            "A label that is long enough to need more than one line in a narrow column",
            key="visits",
            counter=2**53 - 1,
            text="A text that is longer than its field is wide",
            host=host,
            help="Help",
        )
        st.markdown("below")
