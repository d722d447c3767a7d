//! Which expressions an expression or statement refers to.

use naga::{
    AtomicFunction, Block, CooperativeData, Expression, GatherMode, Handle, ImageQuery,
    RayPipelineFunction, RayQueryFunction, SampleLevel, Statement,
};

type Expr = Handle<Expression>;

/// Calls `visit` with each direct operand.
pub(super) fn of_expression(expression: &Expression, visit: &mut dyn FnMut(Expr)) {
    match *expression {
        Expression::Literal(_)
        | Expression::Constant(_)
        | Expression::Override(_)
        | Expression::ZeroValue(_)
        | Expression::FunctionArgument(_)
        | Expression::GlobalVariable(_)
        | Expression::LocalVariable(_)
        | Expression::CallResult(_)
        | Expression::AtomicResult { .. }
        | Expression::WorkGroupUniformLoadResult { .. }
        | Expression::RayQueryProceedResult
        | Expression::SubgroupBallotResult
        | Expression::SubgroupOperationResult { .. } => {}
        Expression::Compose { ref components, .. } => components.iter().copied().for_each(visit),
        Expression::Access { base, index } => {
            visit(base);
            visit(index);
        }
        Expression::AccessIndex { base, .. } => visit(base),
        Expression::Splat { value, .. } => visit(value),
        Expression::Swizzle { vector, .. } => visit(vector),
        Expression::Load { pointer } => visit(pointer),
        Expression::ImageSample {
            image,
            sampler,
            gather: _,
            coordinate,
            array_index,
            offset,
            level,
            depth_ref,
            clamp_to_edge: _,
        } => {
            visit(image);
            visit(sampler);
            visit(coordinate);
            array_index
                .into_iter()
                .chain(offset)
                .chain(depth_ref)
                .for_each(&mut *visit);
            match level {
                SampleLevel::Auto | SampleLevel::Zero => {}
                SampleLevel::Exact(e) | SampleLevel::Bias(e) => visit(e),
                SampleLevel::Gradient { x, y } => {
                    visit(x);
                    visit(y);
                }
            }
        }
        Expression::ImageLoad {
            image,
            coordinate,
            array_index,
            sample,
            level,
        } => {
            visit(image);
            visit(coordinate);
            array_index
                .into_iter()
                .chain(sample)
                .chain(level)
                .for_each(visit);
        }
        Expression::ImageQuery { image, query } => {
            visit(image);
            match query {
                ImageQuery::Size { level } => level.into_iter().for_each(visit),
                ImageQuery::NumLevels | ImageQuery::NumLayers | ImageQuery::NumSamples => {}
            }
        }
        Expression::Unary { expr, .. } => visit(expr),
        Expression::Binary { left, right, .. } => {
            visit(left);
            visit(right);
        }
        Expression::Select {
            condition,
            accept,
            reject,
        } => {
            visit(condition);
            visit(accept);
            visit(reject);
        }
        Expression::Derivative { expr, .. } => visit(expr),
        Expression::Relational { argument, .. } => visit(argument),
        Expression::Math {
            arg,
            arg1,
            arg2,
            arg3,
            ..
        } => {
            visit(arg);
            arg1.into_iter().chain(arg2).chain(arg3).for_each(visit);
        }
        Expression::As { expr, .. } => visit(expr),
        Expression::ArrayLength(expr) => visit(expr),
        Expression::RayQueryVertexPositions { query, .. }
        | Expression::RayQueryGetIntersection { query, .. } => visit(query),
        Expression::CooperativeLoad { ref data, .. } => of_cooperative(data, visit),
        Expression::CooperativeMultiplyAdd { a, b, c } => {
            visit(a);
            visit(b);
            visit(c);
        }
    }
}

fn of_cooperative(data: &CooperativeData, visit: &mut dyn FnMut(Expr)) {
    visit(data.pointer);
    visit(data.stride);
}

fn of_atomic(fun: &AtomicFunction, visit: &mut dyn FnMut(Expr)) {
    match *fun {
        AtomicFunction::Add
        | AtomicFunction::Subtract
        | AtomicFunction::And
        | AtomicFunction::ExclusiveOr
        | AtomicFunction::InclusiveOr
        | AtomicFunction::Min
        | AtomicFunction::Max => {}
        AtomicFunction::Exchange { compare } => compare.into_iter().for_each(visit),
    }
}

/// Calls `visit` with each expression that a block's statements, nested ones too, refer to,
/// operands of emitted expressions included.
pub(super) fn of_block(
    block: &Block,
    expressions: &naga::Arena<Expression>,
    visit: &mut dyn FnMut(Expr),
) {
    for statement in block.iter() {
        match *statement {
            Statement::Emit(ref range) => {
                for handle in range.clone() {
                    of_expression(&expressions[handle], visit);
                }
            }
            Statement::Block(ref block) => of_block(block, expressions, visit),
            Statement::If {
                condition,
                ref accept,
                ref reject,
            } => {
                visit(condition);
                of_block(accept, expressions, visit);
                of_block(reject, expressions, visit);
            }
            Statement::Switch {
                selector,
                ref cases,
            } => {
                visit(selector);
                for case in cases {
                    of_block(&case.body, expressions, visit);
                }
            }
            Statement::Loop {
                ref body,
                ref continuing,
                break_if,
            } => {
                of_block(body, expressions, visit);
                of_block(continuing, expressions, visit);
                break_if.into_iter().for_each(&mut *visit);
            }
            Statement::Break
            | Statement::Continue
            | Statement::Kill
            | Statement::ControlBarrier(_)
            | Statement::MemoryBarrier(_) => {}
            Statement::Return { value } => value.into_iter().for_each(&mut *visit),
            Statement::Store { pointer, value } => {
                visit(pointer);
                visit(value);
            }
            Statement::ImageStore {
                image,
                coordinate,
                array_index,
                value,
            } => {
                visit(image);
                visit(coordinate);
                array_index.into_iter().for_each(&mut *visit);
                visit(value);
            }
            Statement::Atomic {
                pointer,
                ref fun,
                value,
                result: _,
            } => {
                visit(pointer);
                of_atomic(fun, visit);
                visit(value);
            }
            Statement::ImageAtomic {
                image,
                coordinate,
                array_index,
                ref fun,
                value,
            } => {
                visit(image);
                visit(coordinate);
                array_index.into_iter().for_each(&mut *visit);
                of_atomic(fun, visit);
                visit(value);
            }
            Statement::WorkGroupUniformLoad { pointer, result: _ } => visit(pointer),
            Statement::Call { ref arguments, .. } => {
                arguments.iter().copied().for_each(&mut *visit)
            }
            Statement::RayQuery { query, ref fun } => {
                visit(query);
                match *fun {
                    RayQueryFunction::Initialize {
                        acceleration_structure,
                        descriptor,
                    } => {
                        visit(acceleration_structure);
                        visit(descriptor);
                    }
                    RayQueryFunction::GenerateIntersection { hit_t } => visit(hit_t),
                    RayQueryFunction::Proceed { .. }
                    | RayQueryFunction::ConfirmIntersection
                    | RayQueryFunction::Terminate => {}
                }
            }
            Statement::RayPipelineFunction(RayPipelineFunction::TraceRay {
                acceleration_structure,
                descriptor,
                payload,
            }) => {
                visit(acceleration_structure);
                visit(descriptor);
                visit(payload);
            }
            Statement::SubgroupBallot {
                result: _,
                predicate,
            } => predicate.into_iter().for_each(&mut *visit),
            Statement::SubgroupGather {
                mode,
                argument,
                result: _,
            } => {
                visit(argument);
                match mode {
                    GatherMode::BroadcastFirst | GatherMode::QuadSwap(_) => {}
                    GatherMode::Broadcast(e)
                    | GatherMode::Shuffle(e)
                    | GatherMode::ShuffleDown(e)
                    | GatherMode::ShuffleUp(e)
                    | GatherMode::ShuffleXor(e)
                    | GatherMode::QuadBroadcast(e) => visit(e),
                }
            }
            Statement::SubgroupCollectiveOperation { argument, .. } => visit(argument),
            Statement::CooperativeStore { target, ref data } => {
                visit(target);
                of_cooperative(data, visit);
            }
        }
    }
}

/// Does a `continue` in this block go to the loop around it?
pub(super) fn continues(block: &Block) -> bool {
    block.iter().any(|statement| match *statement {
        Statement::Continue => true,
        Statement::Block(ref block) => continues(block),
        Statement::If {
            ref accept,
            ref reject,
            ..
        } => continues(accept) || continues(reject),
        Statement::Switch { ref cases, .. } => cases.iter().any(|case| continues(&case.body)),
        // A loop's own `continue` is its own affair; its `continuing` has none that leaves it.
        Statement::Loop { .. } => false,
        Statement::Emit(_)
        | Statement::Break
        | Statement::Return { .. }
        | Statement::Kill
        | Statement::ControlBarrier(_)
        | Statement::MemoryBarrier(_)
        | Statement::Store { .. }
        | Statement::ImageStore { .. }
        | Statement::Atomic { .. }
        | Statement::ImageAtomic { .. }
        | Statement::WorkGroupUniformLoad { .. }
        | Statement::Call { .. }
        | Statement::RayQuery { .. }
        | Statement::RayPipelineFunction(_)
        | Statement::SubgroupBallot { .. }
        | Statement::SubgroupGather { .. }
        | Statement::SubgroupCollectiveOperation { .. }
        | Statement::CooperativeStore { .. } => false,
    })
}
