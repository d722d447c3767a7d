//! wgpu-hal backend for external cards
