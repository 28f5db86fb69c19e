using System.Diagnostics;
using System.Text.Json;
using ServerlessMme.Integration.Tests.Running;

namespace ServerlessMme.Integration.Tests.Store;

public sealed class KilledProcessTests : IDisposable
{
    private const int Timeout = 180_000;
    private readonly string _artifacts = Directory.CreateTempSubdirectory("mme-killed-").FullName;

    private string Tensors => Path.Combine(_artifacts, "tensors");

    public void Dispose() => Directory.Delete(_artifacts, recursive: true);

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

    /// <summary>Something is in the making.</summary>
    private bool IsWriting() => Directory.Exists(Tensors)
        && Directory.EnumerateDirectories(Tensors, "tmp-*", SearchOption.AllDirectories).Any();

    /// <summary>A pack is there, and its graph most likely not yet.</summary>
    private bool HasPack() => Directory.Exists(Path.Combine(Tensors, "packs"))
        && Directory.EnumerateFiles(Path.Combine(Tensors, "packs")).Any();

    /// <summary>Kills a process at a moment; false when it had ended by then.</summary>
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

        using var process = Start();
        while (!process.HasExited && !TryIs(isMoment))
        {
            await Task.Yield();
        }

        var hit = !process.HasExited;
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
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
            // It went away while it was listed.
            return false;
        }
    }

    private async Task<string?> ClassifyAsync()
    {
        using var process = Start();
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        using var label = JsonDocument.Parse(line!);
        return label.RootElement.GetProperty("label").GetString();
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "mme.dll"), "classify",
            Repository.File("sample-images", "cifar10", "airplane-1.jpg"),
            "--model", Repository.File("models", "cifar10"), "--format", "jsonl",
        ])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["Mme__Artifacts__Folder"] = _artifacts;
        return Process.Start(start)!;
    }
}
