using System.Diagnostics;
using Azure.Storage.Blobs;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Emulator.Tests;

public sealed class AzuriteTests
{
    private const int Timeout = 180_000;

    [Fact(Timeout = Timeout)]
    public async Task Two_emulators_run_side_by_side_with_data_of_their_own()
    {
        await using var first = await StartAsync(keep: false);
        await using var second = await StartAsync(keep: false);

        await Container(first).CreateAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(await Container(first).ExistsAsync(TestContext.Current.CancellationToken));
        Assert.False(await Container(second).ExistsAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = Timeout)]
    public async Task Emulator_ends_with_its_object_unless_it_is_kept()
    {
        using var folder = new TemporaryFolder();
        var ended = await StartAsync(keep: false);
        using var endedProcess = Process.GetProcessById(ended.ProcessId);
        var kept = await StartAsync(keep: true, folder.Root);
        using var keptProcess = Process.GetProcessById(kept.ProcessId);
        try
        {
            await ended.DisposeAsync();
            await kept.DisposeAsync();

            Assert.True(endedProcess.HasExited);
            Assert.False(await Container(kept).ExistsAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            keptProcess.Kill(entireProcessTree: true);
            await keptProcess.WaitForExitAsync();
        }
    }

    private static Task<Azurite> StartAsync(bool keep, string? folder = null) =>
        Azurite.StartAsync(keep, _ => { }, TestContext.Current.CancellationToken, folder);

    private static BlobContainerClient Container(Azurite azurite) => new(azurite.ConnectionString, "images");
}
