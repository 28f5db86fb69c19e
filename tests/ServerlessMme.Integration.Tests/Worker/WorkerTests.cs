using System.Text.Json.Nodes;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Models;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Worker;

public sealed class WorkerTests(StorageFixture storage) : IClassFixture<StorageFixture>
{
    private const int Timeout = 180_000;
    private static readonly TimeSpan FiveSeconds = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(90);

    [Fact(Timeout = Timeout)]
    public async Task A_dropped_image_has_its_label_within_five_seconds()
    {
        await using var worker = await StartAsync();
        // The first image waits for the model to load. The promise is about a warm worker.
        await DropSampleAsync("first.jpg", 0);
        await storage.LabelAsync(storage.Cifar, "first.jpg", Long);

        await DropSampleAsync("holiday/plane über köln.jpg", 0);
        using var label = await storage.LabelAsync(storage.Cifar, "holiday/plane über köln.jpg", FiveSeconds);

        Assert.Equal("airplane", label.RootElement.GetProperty("label").GetString());
        Assert.Equal(
            "holiday/plane über köln.jpg", label.RootElement.GetProperty("image").GetProperty("name").GetString());
        await SchemaCheck.AssertAsync("label", label.RootElement.GetRawText());
    }

    [Fact(Timeout = Timeout)]
    public async Task Images_dropped_while_no_worker_runs_are_labeled_after_one_starts()
    {
        for (var i = 0; i < 10; i++)
        {
            await DropSampleAsync($"down/{i}.jpg", i);
        }

        await using var worker = await StartAsync();

        for (var i = 0; i < 10; i++)
        {
            using var label = await storage.LabelAsync(storage.Cifar, $"down/{i}.jpg", Long);
            Assert.Null(LabelError.CodeOf(label.RootElement));
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Killing_the_worker_in_the_middle_loses_no_image_and_leaves_one_label_each()
    {
        const int count = 200;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), async (i, _) => await DropSampleAsync($"kill/{i}.jpg", i));

        for (var kills = 0; kills < 3; kills++)
        {
            await using var victim = await StartAsync();
            var before = await CountAsync();
            // Kill the worker after it has labeled some images and long before it has labeled all.
            await Eventually.GetAsync<object>(Long, "more labels", async () =>
                await CountAsync() is var now && (now > before || now == count) ? victim : null);
            await victim.KillAsync();
        }

        Assert.InRange(await CountAsync(), 1, count);
        await using var worker = await StartAsync();
        await Eventually.GetAsync<object>(Long, "all labels", async () => await CountAsync() == count ? worker : null);
        for (var i = 0; i < count; i++)
        {
            using var label = await storage.LabelAsync(storage.Cifar, $"kill/{i}.jpg", Long);
            Assert.Null(LabelError.CodeOf(label.RootElement));
        }

        async Task<int> CountAsync() => await storage.Account.LabelsOf(storage.Cifar)
            .GetBlobsAsync(BlobTraits.None, BlobStates.None, "kill/", CancellationToken.None).CountAsync();
    }

    [Fact(Timeout = Timeout)]
    public async Task A_replaced_model_scores_its_images_again()
    {
        var model = ModelName.Parse("replaced").Value;
        await PushAsync(model);
        var image = BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
        await storage.DropAsync(model, "a.jpg", image);
        await using var worker = await StartAsync();
        using var first = await storage.LabelAsync(model, "a.jpg", Long);
        var version = first.RootElement.GetProperty("model").GetProperty("version").GetString();

        using var folder = new TemporaryFolder();
        await PushAsync(model, CopyCifar(folder.Root, "Another version."));

        using var second = await storage.LabelAsync(model, "a.jpg", Long, label =>
            label.GetProperty("model").GetProperty("version").GetString() != version);
        Assert.Equal(
            first.RootElement.GetProperty("score").GetSingle(), second.RootElement.GetProperty("score").GetSingle());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_replaced_image_is_labeled_again()
    {
        await using var worker = await StartAsync();
        await DropSampleAsync("replaced.jpg", 0);
        await storage.LabelAsync(storage.Cifar, "replaced.jpg", Long);

        await storage.DropAsync(storage.Cifar, "replaced.jpg", BinaryData.FromString("no image"));

        await storage.LabelAsync(
            storage.Cifar, "replaced.jpg", Long, label => LabelError.CodeOf(label) == "NotAnImage");
    }

    [Fact(Timeout = Timeout)]
    public async Task Removing_a_model_keeps_its_labels_and_refuses_what_has_none()
    {
        var model = ModelName.Parse("removed").Value;
        await PushAsync(model);
        var image = BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
        await storage.DropAsync(model, "before.jpg", image);
        await using (await StartAsync())
        {
            await storage.LabelAsync(model, "before.jpg", Long);
        }

        using var before = await storage.LabelAsync(model, "before.jpg", Long);
        var (exitCode, _, errors) = await MmeProcess.RunAsync(storage.Connection, "models", "remove", model.Value);
        Assert.True(exitCode == 0, errors);

        // Another worker, because the first one may still answer from memory for a minute.
        await using var worker = await StartAsync();
        await storage.DropAsync(model, "after.jpg", image);
        // Asked for by hand too, because a sweep no longer does.
        await storage.Account.Classify.SendMessageAsync($$"""{"model":"{{model}}","images":["before.jpg"]}""");
        using var after = await storage.LabelAsync(
            model, "after.jpg", Long, label => LabelError.CodeOf(label) == "ModelNotFound");
        await storage.DropAsync(model, "later.jpg", image);
        using var later = await storage.LabelAsync(model, "later.jpg", Long);

        using var kept = await storage.LabelAsync(model, "before.jpg", Long);
        Assert.Equal(before.RootElement.GetRawText(), kept.RootElement.GetRawText());
    }

    [Fact(Timeout = Timeout)]
    public async Task Publishing_checks_a_model_and_leaves_an_unchanged_one_alone()
    {
        var model = ModelName.Parse("checked").Value;
        using var folder = new TemporaryFolder();
        var path = CopyCifar(folder.Root, "With too few labels.", labels: 3);

        var refused = await PushWithAsync(path, "--name", model.Value);
        var forced = await PushWithAsync(path, "--name", model.Value, "--force");
        var again = await PushWithAsync(path, "--name", model.Value, "--force");

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("3 labels", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal((0, 0), (forced.ExitCode, again.ExitCode));
        Assert.Contains("is published", forced.Output, StringComparison.Ordinal);
        Assert.Contains("is unchanged", again.Output, StringComparison.Ordinal);
    }

    /// <summary>The CIFAR-10 model with another description.</summary>
    private static string CopyCifar(string folder, string description, int labels = 10)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(Repository.PathOf("models", "cifar10", "model.json")))!;
        manifest["description"] = description;
        manifest["labels"] = new JsonArray([.. manifest["labels"]!.AsArray().Take(labels).Select(l => l!.DeepClone())]);
        File.WriteAllText(Path.Combine(folder, "model.json"), manifest.ToJsonString());
        File.Copy(Repository.PathOf("models", "cifar10", "model.onnx"), Path.Combine(folder, "model.onnx"));
        return folder;
    }

    private Task<Finished> PushWithAsync(params string[] arguments) =>
        MmeProcess.RunAsync(storage.Connection, ["models", "push", .. arguments]);

    private async Task PushAsync(ModelName model, string? folder = null)
    {
        var pushed = await PushWithAsync(folder ?? Repository.PathOf("models", "cifar10"), "--name", model.Value);
        Assert.True(pushed.ExitCode == 0, pushed.Error);
    }

    private async Task<MmeProcess> StartAsync()
    {
        var worker = MmeProcess.Start(storage.Connection, "worker");
        await worker.ListeningAsync();
        return worker;
    }

    private async Task DropSampleAsync(string name, int index)
    {
        var content = await File.ReadAllBytesAsync(Repository.CifarImages[index % Repository.CifarImages.Count]);
        await storage.DropAsync(storage.Cifar, name, BinaryData.FromBytes(content));
    }
}
