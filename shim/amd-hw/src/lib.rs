//! What driver and card must agree on: AMD registers, PM4 and SDMA packets, page-table entries, discovery and firmware headers
