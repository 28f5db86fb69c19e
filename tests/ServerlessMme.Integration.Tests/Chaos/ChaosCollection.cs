namespace ServerlessMme.Integration.Tests.Chaos;

/// <summary>Alone and one after the other: each runs three workers and an emulator at their limits.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ChaosCollection
{
    public const string Name = "Chaos";
}
