//! Serves a card.
