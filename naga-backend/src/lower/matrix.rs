//! Products with matrices, and matrix functions. Matrices are lists of columns.

use super::layout::Shape;
use super::{Lowerer, Operand};
use crate::kernel::{Value, Values};

impl Lowerer<'_> {
    /// The product of floats `a[n]·b[n]`, summed.
    pub(super) fn dot(&mut self, a: &[Value], b: &[Value]) -> Value {
        let mut pairs = a.iter().zip(b);
        let first = pairs.next().map(|(&a, &b)| self.fmul(a, b));
        let sum = pairs.fold(first, |sum, (&a, &b)| sum.map(|sum| self.fma(a, b, sum)));
        // Vectors have at least two components.
        sum.unwrap_or_else(|| self.int(0))
    }

    /// Linear-algebraic products; `None` where the product is by component.
    pub(super) fn matrix_product(
        &mut self,
        left: Shape,
        l: &[Value],
        right: Shape,
        r: &[Value],
    ) -> Option<Values> {
        match (left, right) {
            (Shape::Matrix { rows, .. }, Shape::Vector(..)) => {
                Some(self.matrix_by_vector(l, rows as usize, r))
            }
            (Shape::Vector(..), Shape::Matrix { rows, .. }) => {
                let columns = r.chunks_exact(rows as usize);
                Some(columns.map(|column| self.dot(l, column)).collect())
            }
            (Shape::Matrix { rows, .. }, Shape::Matrix { rows: inner, .. }) => {
                let mut product = Values::new();
                for column in r.chunks_exact(inner as usize) {
                    product.extend(self.matrix_by_vector(l, rows as usize, column));
                }
                Some(product)
            }
            _ => None,
        }
    }

    fn matrix_by_vector(&mut self, matrix: &[Value], rows: usize, vector: &[Value]) -> Values {
        let rows = (0..rows).map(|row| {
            let row: Values = matrix.iter().skip(row).step_by(rows).copied().collect();
            self.dot(&row, vector)
        });
        rows.collect()
    }

    pub(super) fn transpose(&mut self, matrix: &[Value], rows: usize) -> Operand {
        let rows = (0..rows).flat_map(|row| matrix.iter().skip(row).step_by(rows).copied());
        Operand::Values(rows.collect())
    }

    pub(super) fn outer_product(&mut self, column: &[Value], row: &[Value]) -> Operand {
        let mut product = Values::new();
        for &b in row {
            product.extend(column.iter().map(|&a| self.fmul(a, b)));
        }
        Operand::Values(product)
    }

    /// `a·d - b·c`.
    fn determinant2(&mut self, a: Value, b: Value, c: Value, d: Value) -> Value {
        let (left, right) = (self.fmul(a, d), self.fmul(b, c));
        self.fsub(left, right)
    }

    /// Determinant of what is left of a matrix without a row and a column.
    fn minor(&mut self, matrix: &[Value], size: usize, row: usize, column: usize) -> Value {
        let rest: Values = (0..size * size)
            .filter(|n| n / size != column && n % size != row)
            .map(|n| matrix[n])
            .collect();
        self.determinant(&rest, size - 1)
    }

    pub(super) fn determinant(&mut self, matrix: &[Value], size: usize) -> Value {
        match size {
            1 => matrix[0],
            2 => self.determinant2(matrix[0], matrix[2], matrix[1], matrix[3]),
            _ => {
                let minors: Values = (0..size)
                    .map(|column| self.minor(matrix, size, 0, column))
                    .collect();
                self.expand(matrix, size, &minors)
            }
        }
    }

    /// Laplace expansion along the first row.
    fn expand(&mut self, matrix: &[Value], size: usize, minors: &[Value]) -> Value {
        let mut sum = self.fmul(matrix[0], minors[0]);
        for (column, &minor) in minors.iter().enumerate().skip(1) {
            let term = self.fmul(matrix[column * size], minor);
            sum = match column % 2 {
                0 => self.fadd(sum, term),
                _ => self.fsub(sum, term),
            };
        }
        sum
    }

    /// Adjugate over determinant.
    pub(super) fn inverse(&mut self, matrix: &[Value], size: usize) -> Operand {
        let minors: Vec<Values> = (0..size)
            .map(|row| {
                (0..size)
                    .map(|column| self.minor(matrix, size, row, column))
                    .collect()
            })
            .collect();
        let determinant = self.expand(matrix, size, &minors[0]);
        let one = self.float(self.ty(determinant), 1.0);
        let scale = self.fdiv(one, determinant);
        let mut inverse = Values::new();
        for (column, minors) in minors.iter().enumerate() {
            for (row, &minor) in minors.iter().enumerate() {
                let cofactor = match (row + column) % 2 {
                    0 => minor,
                    _ => self.fneg(minor),
                };
                inverse.push(self.fmul(cofactor, scale));
            }
        }
        Operand::Values(inverse)
    }
}
