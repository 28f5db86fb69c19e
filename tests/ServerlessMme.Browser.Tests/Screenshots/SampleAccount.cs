using System.Text.Json.Nodes;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Browser.Tests.Running;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Truth;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Browser.Tests.Screenshots;

/// <summary>
/// The project's models and sample images, answered by a worker: first by a version that takes red for blue, then by
/// the right one. Most of the correct labels are known.
/// </summary>
internal sealed class SampleAccount : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly ModelName Cifar = ModelName.Parse("cifar10").Value;

    // A path below it must fit into a socket's address, so it is short.
    private readonly string _folder = Directory.CreateTempSubdirectory("mme-").FullName;
    private EmulatedAccount _emulated = null!;
    private MmeProcess _worker = null!;

    public RunningConsole Console { get; private set; } = null!;

    public static async Task<SampleAccount> StartAsync()
    {
        var account = new SampleAccount();
        try
        {
            await account.FillAsync();
            return account;
        }
        catch
        {
            await account.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in (IAsyncDisposable?[])[Console, _worker, _emulated])
        {
            if (started is not null)
            {
                await started.DisposeAsync();
            }
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task FillAsync()
    {
        _emulated = await EmulatedAccount.StartAsync();
        await RunAsync("models", "push", Version("first", input => input["channels"] = "BGR"), "--name", "cifar10");
        await RunAsync("models", "push", Repository.PathOf("models", "sign-language-digits"));
        await RunAsync("models", "group", "topics", "cifar10", "sign-language-digits");
        await RunAsync("models", "alias", "production", "cifar10");
        var drops = SampleDrops.All().ToList();
        await Parallel.ForEachAsync(drops, async (drop, stopping) => await _emulated.Account.ImagesOf(Cifar)
            .GetBlobClient(drop.Name).UploadAsync(BinaryData.FromBytes(drop.Content), overwrite: true, stopping));
        await _emulated.Account.ImagesOf(Cifar).GetBlobClient("day-1/notes.jpg")
            .UploadAsync(BinaryData.FromString("This is a text."), overwrite: true);
        foreach (var sign in Directory.GetFiles(Repository.Samples("sign-language-digits"), "*.jpg"))
        {
            await _emulated.Account.ImagesOf(ModelName.Parse("topics").Value)
                .GetBlobClient(Path.GetFileName(sign)).UploadAsync(sign, overwrite: true);
        }

        _worker = MmeProcess.Start(_emulated.ConnectionString, [("Mme__Artifacts__Folder", _folder)], ["worker"]);
        await AnsweredAsync(drops.Count + 1, _ => true);
        await RunAsync("models", "push", Version("second", _ => { }), "--name", "cifar10");
        await AnsweredAsync(drops.Count, stamp => stamp.PreviousAnswer is not null);
        await ReviewAsync(drops.Select(drop => drop.Name));
        Console = await RunningConsole.StartAsync(_emulated.ConnectionString, _folder);
    }

    /// <summary>A folder with the CIFAR-10 model and a manifest that accepts only answers it can trust.</summary>
    private string Version(string name, Action<JsonNode> changeInput)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        var original = Repository.PathOf("models", "cifar10");
        File.Copy(Path.Combine(original, "model.onnx"), Path.Combine(folder, "model.onnx"));
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(original, "model.json")))!;
        manifest["accept"] = new JsonObject { ["minScore"] = 0.6 };
        changeInput(manifest["input"]!);
        File.WriteAllText(Path.Combine(folder, "model.json"), manifest.ToJsonString());
        return folder;
    }

    private async Task RunAsync(params string[] arguments)
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(_emulated.ConnectionString, arguments);
        Assert.True(exitCode == 0, output + errors);
    }

    private Task AnsweredAsync(int count, Func<LabelStamp, bool> counts) =>
        Eventually.GetAsync<object>(Patience, "answers", async () =>
        {
            var found = 0;
            await foreach (var label in _emulated.Account.LabelsOf(Cifar)
                .GetBlobsAsync(new() { Traits = BlobTraits.Metadata }))
            {
                found += counts(BlobLabelSink.StampOf(label.Metadata)) ? 1 : 0;
            }

            return found >= count ? this : null;
        });

    private async Task ReviewAsync(IEnumerable<string> images)
    {
        var truths = new BlobTruthStore(_emulated.Account);
        foreach (var image in images.Where((_, i) => i % 4 != 0))
        {
            await truths.WriteAsync(
                Cifar, image, new CorrectLabel(SampleDrops.ClassOf(image), "anna", null), CancellationToken.None);
        }
    }
}
