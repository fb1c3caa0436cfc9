"""For tests: drive the widget in an app's own AppTest, and check a store of your own."""

from ._edit import edit
from ._store_contract import StoreContract

__all__ = ["StoreContract", "edit"]
