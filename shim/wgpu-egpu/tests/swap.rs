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

/// Libraries try one backend after the other and keep the first that has an adapter. Each finds the
/// same cards, and adapter and device tell the truth about what they are.
#[test]
fn whichever_backend_is_asked_for() {
    use wgpu_egpu::{Backend, Backends, Instance, InstanceDescriptor};
    for asked in [
        Backend::Noop,
        Backend::Vulkan,
        Backend::Metal,
        Backend::Dx12,
        Backend::Gl,
        Backend::BrowserWebGpu,
    ] {
        assert!(Instance::enabled_backend_features().contains(asked.into()));
        let instance = Instance::new(InstanceDescriptor {
            backends: asked.into(),
            ..InstanceDescriptor::new_without_display_handle()
        });
        let names = |backends: Backends| -> Vec<String> {
            pollster::block_on(instance.enumerate_adapters(backends))
                .iter()
                .map(|adapter| adapter.get_info().name)
                .collect()
        };
        let found = names(asked.into());
        assert!(!found.is_empty(), "{asked:?}");
        assert_eq!(found, names(Backends::all()), "{asked:?}");
        let adapter = pollster::block_on(instance.request_adapter(&Default::default()))
            .expect("the virtual card is always there");
        let (device, _) = pollster::block_on(adapter.request_device(&Default::default()))
            .expect("a device of the virtual card");
        assert_eq!(adapter.get_info().backend, Backend::Noop, "{asked:?}");
        assert_eq!(device.adapter_info().backend, Backend::Noop, "{asked:?}");
    }
}
