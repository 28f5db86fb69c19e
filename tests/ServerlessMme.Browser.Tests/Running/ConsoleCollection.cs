namespace ServerlessMme.Browser.Tests.Running;

/// <summary>The tests share one console and one browser, and run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ConsoleCollection : ICollectionFixture<ConsoleFixture>
{
    public const string Name = "console";
}
