//! Links to a card: TinyGPU's wire protocol over unix sockets and TCP, in process, recorded, replayed, faulty
