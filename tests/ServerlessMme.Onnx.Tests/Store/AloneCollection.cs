namespace ServerlessMme.Onnx.Tests.Store;

/// <summary>Tests that measure this process's memory, which other tests must not use at the same time.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
