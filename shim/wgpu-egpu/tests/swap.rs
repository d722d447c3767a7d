//! The swap: programs written for wgpu, the same source compiled against wgpu and against this
//! crate under wgpu's name. Ours run on the virtual card; wgpu's run where it finds an adapter.

macro_rules! both {
    ($($program:ident $source:literal;)*) => {
        $(
            mod $program {
                /// As `wgpu = { package = "wgpu-egpu" }` has it.
                mod swapped {
                    use wgpu_egpu as wgpu;
                    include!($source);
                }

                /// The real one.
                mod original {
                    include!($source);
                }

                #[test]
                fn ours() {
                    swapped::run().expect("an adapter: the virtual card is always there");
                }

                #[test]
                fn wgpus() {
                    if original::run().is_none() {
                        println!("skipped: wgpu finds no adapter of its own here");
                    }
                }
            }
        )*
    };
}

both! {
    hello_compute "swap/hello_compute.rs";
    repeated_compute "swap/repeated_compute.rs";
    hello_workgroups "swap/hello_workgroups.rs";
    hello_synchronization "swap/hello_synchronization.rs";
    instances "swap/instances.rs";
}
