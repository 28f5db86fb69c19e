using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Functions.Tests.Support;

namespace ServerlessMme.Functions.Tests;

public sealed class WarmStartTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Models_used_last_are_warm_before_the_first_message()
    {
        var none = TestContext.Current.CancellationToken;
        await using var app = await App.StartAsync();
        var model = await app.PublishAsync();
        await app.Get<IDocumentStore>().TryWriteAsync(
            RecentModels.Document, new NewDocument("""{"models":["cifar10"]}"""u8.ToArray()), WriteCondition.None, none);

        await app.Get<WarmStart>().RunAsync(none);

        var warm = Assert.Single(app.Get<ModelCache>().Snapshot().Models);
        Assert.Equal((model, ModelState.Ready, 0), (warm.Name, warm.State, warm.Leases));
        Assert.True(app.Get<WarmStart>().Done.IsCompleted);
    }

    [Fact(Timeout = Limit)]
    public async Task Invalid_settings_end_the_start()
    {
        await using var services = App.Compose(("Mme:Queue:MaxTries", "0"), ("Mme:Models:EstimateFactor", "-1"));

        var failure = await Assert.ThrowsAnyAsync<Exception>(
            () => services.GetRequiredService<WarmStart>().RunAsync(TestContext.Current.CancellationToken));

        Assert.IsType<OptionsValidationException>(failure, exactMatch: false);
        Assert.True(services.GetRequiredService<WarmStart>().Done.IsCompleted);
    }

    [Fact]
    public async Task Host_starts_without_checking_settings()
    {
        await using var services = App.Compose();

        Assert.Null(services.GetService<IStartupValidator>());
    }
}
