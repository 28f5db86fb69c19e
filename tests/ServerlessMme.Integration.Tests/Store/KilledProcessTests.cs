using System.Text.Json;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Store;

public sealed class KilledProcessTests : IDisposable
{
    private const int Timeout = 180_000;
    private readonly TemporaryFolder _folder = new();

    private string Tensors => _folder.PathOf("tensors");

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = Timeout)]
    public async Task Processes_killed_while_they_write_the_store_leave_it_whole_for_the_next()
    {
        var killed = 0;
        for (var round = 0; round < 6; round++)
        {
            killed += await KillWhenAsync(round % 2 == 0 ? IsWriting : HasPack) ? 1 : 0;
        }

        Assert.InRange(killed, 1, 6);

        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ClassifyAsync()));

        Assert.All(answers, answer => Assert.Equal("airplane", answer));
        Assert.Single(Directory.GetFiles(Path.Combine(Tensors, "graphs")));
        Assert.Single(Directory.GetFiles(Path.Combine(Tensors, "packs")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Tensors, "users")));
    }

    /// <summary>A process is writing something.</summary>
    private bool IsWriting() => Directory.Exists(Tensors)
        && Directory.EnumerateDirectories(Tensors, "tmp-*", SearchOption.AllDirectories).Any();

    /// <summary>There is a pack, and most likely no graph yet.</summary>
    private bool HasPack() => Directory.Exists(Path.Combine(Tensors, "packs"))
        && Directory.EnumerateFiles(Path.Combine(Tensors, "packs")).Any();

    /// <summary>Kills a process at a moment; false if it had already ended.</summary>
    private async Task<bool> KillWhenAsync(Func<bool> isMoment)
    {
        if (Directory.Exists(Tensors))
        {
            foreach (var file in Directory.GetFiles(Tensors, "*.graph", SearchOption.AllDirectories)
                .Concat(Directory.GetFiles(Tensors, "*.pack", SearchOption.AllDirectories)))
            {
                File.Delete(file);
            }
        }

        await using var process = Start();
        while (!process.HasExited && !TryIs(isMoment))
        {
            await Task.Yield();
        }

        var hit = !process.HasExited;
        await process.KillAsync();
        return hit;
    }

    private static bool TryIs(Func<bool> isMoment)
    {
        try
        {
            return isMoment();
        }
        catch (DirectoryNotFoundException)
        {
            // The folder was deleted while it was being listed.
            return false;
        }
    }

    private async Task<string?> ClassifyAsync()
    {
        await using var process = Start();
        var line = await process.ReadLineAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        using var label = JsonDocument.Parse(line!);
        return label.RootElement.GetProperty("label").GetString();
    }

    private MmeProcess Start() => MmeProcess.Start(
        null, [("Mme__Artifacts__Folder", _folder.Root)],
        [
            "classify", Repository.PathOf("sample-images", "cifar10", "airplane-1.jpg"),
            "--model", Repository.PathOf("models", "cifar10"), "--format", "jsonl",
        ]);
}
