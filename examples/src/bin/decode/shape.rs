//! The sizes of a transformer, and what a token costs in bytes.

/// Dimensions of an attention head; the shaders know it too.
pub const HEAD: usize = 128;
/// Positions that a workgroup of the attention kernel takes.
pub const CHUNK: usize = 128;

/// Sizes.
#[derive(Clone, Debug)]
pub struct Shape {
    pub layers: usize,
    /// Numbers in the vector that goes through the layers.
    pub hidden: usize,
    pub query_heads: usize,
    /// Heads of keys and values; each serves as many query heads.
    pub key_heads: usize,
    /// Rows of the gate, and of its linear part.
    pub inner: usize,
    pub tokens: usize,
    /// Positions that the caches have room for.
    pub capacity: usize,
}

/// A 4-bit matrix.
#[derive(Clone, Copy, Debug)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
}

impl Matrix {
    /// Words of eight weights.
    pub fn weight_words(self) -> usize {
        self.rows * self.columns / 8
    }

    /// Words of two scales, each of 32 weights.
    pub fn scale_words(self) -> usize {
        self.rows * self.columns / 64
    }

    pub fn bytes(self) -> u64 {
        4 * (self.weight_words() + self.scale_words()) as u64
    }
}

impl Shape {
    /// Small enough for a processor and the virtual card.
    pub fn tiny() -> Shape {
        Shape {
            layers: 2,
            hidden: 256,
            query_heads: 4,
            key_heads: 2,
            inner: 512,
            tokens: 1024,
            capacity: 0,
        }
    }

    /// 27 billion weights, in the proportions of Gemma 2.
    pub fn large() -> Shape {
        Shape {
            layers: 46,
            hidden: 4608,
            query_heads: 32,
            key_heads: 16,
            inner: 36864,
            tokens: 256_000,
            capacity: 0,
        }
    }

    /// Says what the kernels cannot do.
    pub fn check(&self) -> Result<(), String> {
        let multiple = |what: &str, n: usize, of: usize| match n > 0 && n.is_multiple_of(of) {
            true => Ok(()),
            false => Err(format!("{what}: {n} is not a multiple of {of}")),
        };
        multiple("layers", self.layers, 1)?;
        multiple("hidden", self.hidden, 64)?;
        multiple("inner", self.inner, 64)?;
        multiple("tokens", self.tokens, 16)?;
        multiple("query heads", self.query_heads, self.key_heads.max(1))?;
        multiple("key heads", self.key_heads, 1)
    }

    pub fn qkv(&self) -> Matrix {
        Matrix {
            rows: (self.query_heads + 2 * self.key_heads) * HEAD,
            columns: self.hidden,
        }
    }

    pub fn output(&self) -> Matrix {
        Matrix {
            rows: self.hidden,
            columns: self.query_heads * HEAD,
        }
    }

    pub fn gate(&self) -> Matrix {
        Matrix {
            rows: 2 * self.inner,
            columns: self.hidden,
        }
    }

    pub fn down(&self) -> Matrix {
        Matrix {
            rows: self.hidden,
            columns: self.inner,
        }
    }

    /// Embeddings; their transpose makes the logits.
    pub fn table(&self) -> Matrix {
        Matrix {
            rows: self.tokens,
            columns: self.hidden,
        }
    }

    /// Matrices of a layer, in the order of their use.
    pub fn layer(&self) -> [Matrix; 4] {
        [self.qkv(), self.output(), self.gate(), self.down()]
    }

    pub fn weights(&self) -> u64 {
        let layer: usize = self.layer().iter().map(|m| m.rows * m.columns).sum();
        (self.layers * layer + self.tokens * self.hidden) as u64
    }

    /// Words of the key cache of a layer, and of the value cache.
    pub fn cache_words(&self) -> usize {
        self.key_heads * self.capacity * HEAD / 2
    }

    /// Bytes that must be read to decode the token at a position: every weight once, and the keys
    /// and values of all positions.
    pub fn bytes(&self, position: usize) -> u64 {
        let matrices: u64 = self.layer().iter().map(|m| m.bytes()).sum();
        let cache = 2 * (self.key_heads * (position + 1) * HEAD * 2) as u64;
        self.layers as u64 * (matrices + cache) + self.table().bytes()
    }
}

/// The exponent bits of both scales in a word, such that products of a normalised vector have about
/// the variance of one number: nibbles deviate by 4.6 from their mean, scales from 1 to 2 times.
pub fn scale_exponents(matrix: Matrix) -> u32 {
    let scale = 1.0 / (4.6 * 1.5 * (matrix.columns as f32).sqrt());
    let exponent = (15 + scale.log2().floor() as i32).max(1) as u32;
    exponent << 10 | exponent << 26
}

/// The generator of weights, as the shader has it.
pub fn hash(seed: u32, n: u32) -> u32 {
    let a = n.wrapping_mul(747_796_405).wrapping_add(seed);
    let b = ((a >> ((a >> 28) + 4)) ^ a).wrapping_mul(277_803_737);
    (b >> 22) ^ b
}

/// Seed of the n-th matrix.
pub fn seed(n: usize) -> u32 {
    hash(0x5eed, n as u32)
}
