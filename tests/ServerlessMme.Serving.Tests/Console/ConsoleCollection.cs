using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Serving.Tests.Console;

/// <summary>Tests of the console that need storage share one emulator.</summary>
[CollectionDefinition(Name)]
public sealed class ConsoleCollection : ICollectionFixture<AzuriteFixture>
{
    public const string Name = "console";
}
