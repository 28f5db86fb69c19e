using ServerlessMme.Core.Models;

namespace ServerlessMme.Functions.Tests.Support;

/// <summary>One app with a published model for the tests of a class.</summary>
public sealed class ClassifierApp : IAsyncLifetime
{
    public App App { get; private set; } = null!;

    public ModelName Model { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        App = await App.StartAsync();
        Model = await App.PublishAsync();
    }

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
