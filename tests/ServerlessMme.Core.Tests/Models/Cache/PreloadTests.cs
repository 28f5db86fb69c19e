using ServerlessMme.Testing.Cache;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class PreloadTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task Named_models_are_loaded_and_not_leased()
    {
        using var test = new CacheUnderTest(options => options.Preload = ["a", "b"]);
        test.Publish("a");
        test.Publish("b");
        test.Publish("c");

        await test.Cache.PreloadAsync(CancellationToken.None);

        Assert.Equal("a b", test.Ready);
        Assert.All(test.Cache.Snapshot().Models, model => Assert.Equal(0, model.Leases));
    }

    [Fact(Timeout = Limit)]
    public async Task Models_that_cannot_be_loaded_do_not_keep_the_others_from_it()
    {
        using var test = new CacheUnderTest(options => options.Preload = ["missing", "broken", "good"]);
        test.Publish("broken");
        test.Publish("good");
        test.Catalog.OnFetch = descriptor =>
            descriptor.Name.Value == "broken" ? throw new IOException("The cable is out.") : Task.CompletedTask;

        await test.Cache.PreloadAsync(CancellationToken.None);

        Assert.Equal("good", test.Ready);
    }
}
