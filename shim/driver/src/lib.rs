//! Userspace driver: memory, kernels, submissions and timelines on one card
