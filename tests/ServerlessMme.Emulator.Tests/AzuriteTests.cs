using System.Diagnostics;
using Azure.Storage.Blobs;

namespace ServerlessMme.Emulator.Tests;

public sealed class AzuriteTests
{
    private const int Timeout = 180_000;

    [Fact(Timeout = Timeout)]
    public async Task Two_emulators_run_side_by_side_with_data_of_their_own()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();

        await Container(first).CreateAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(await Container(first).ExistsAsync(TestContext.Current.CancellationToken));
        Assert.False(await Container(second).ExistsAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = Timeout)]
    public async Task Emulator_ends_with_its_object()
    {
        var azurite = await StartAsync();
        using var process = Process.GetProcessById(azurite.ProcessId);

        await azurite.DisposeAsync();

        Assert.True(process.HasExited);
    }

    private static Task<Azurite> StartAsync() => Azurite.StartAsync(_ => { }, TestContext.Current.CancellationToken);

    private static BlobContainerClient Container(Azurite azurite) => new(azurite.ConnectionString, "images");
}
