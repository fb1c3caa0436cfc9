"""The memory store keeps the contract."""

from __future__ import annotations

import pytest

from streamlit_persistent_state.stores import MemoryStore
from streamlit_persistent_state.testing import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
