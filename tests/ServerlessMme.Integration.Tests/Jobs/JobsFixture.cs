using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Models;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Jobs;

/// <summary>An account, a folder of the sixty sample images, and a second artifact that swaps cats and dogs.</summary>
public sealed class JobsFixture : IAsyncLifetime
{
    private readonly StorageFixture _storage = new();
    private readonly string _root = Directory.CreateTempSubdirectory("mme-jobs-").FullName;

    public StorageFixture Storage => _storage;

    /// <summary>Folder of the sixty images.</summary>
    public string Images => Path.Combine(_root, "images");

    /// <summary>Folder of the original model.</summary>
    public string First => Repository.PathOf("models", "cifar10");

    /// <summary>Folder of the model with two labels swapped.</summary>
    public string Second => Path.Combine(_root, "second");

    /// <summary>A new, empty folder.</summary>
    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_root, Path.GetRandomFileName())).FullName;

    public async ValueTask InitializeAsync()
    {
        await _storage.InitializeAsync();
        foreach (var set in (string[])["cifar10", "sign-language-digits"])
        {
            var to = Directory.CreateDirectory(Path.Combine(Images, set)).FullName;
            foreach (var file in Directory.GetFiles(Repository.PathOf("sample-images", set)).Where(IsGood))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }

        Directory.CreateDirectory(Second);
        File.Copy(Path.Combine(First, "model.onnx"), Path.Combine(Second, "model.onnx"));
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(First, "model.json")))!;
        var labels = manifest["labels"]!.AsArray().Select(label => label!.GetValue<string>()).ToList();
        var (cat, dog) = (labels.IndexOf("cat"), labels.IndexOf("dog"));
        (labels[cat], labels[dog]) = (labels[dog], labels[cat]);
        manifest["labels"] = JsonSerializer.SerializeToNode(labels);
        await File.WriteAllTextAsync(Path.Combine(Second, "model.json"), manifest.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        await _storage.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>Publishes a folder under a name.</summary>
    public async Task<ModelName> PushAsync(string folder, string name)
    {
        await RunAsync("models", "push", folder, "--name", name);
        return ModelName.Parse(name).Value;
    }

    /// <summary>Runs a command that must succeed, and returns its output.</summary>
    public Task<string> RunAsync(params string[] arguments) => RunAsync(0, arguments);

    /// <summary>Runs a command that must end with an exit code, and returns its output.</summary>
    public async Task<string> RunAsync(int expected, params string[] arguments)
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(_storage.Connection, arguments);
        Assert.True(exitCode == expected, $"{exitCode} from {string.Join(' ', arguments)}: {output}{errors}");
        return output;
    }

    /// <summary>A job's record, checked against its schema, with counts that add up once it has ended.</summary>
    public async Task<JsonNode> JobAsync(string id)
    {
        var json = await RunAsync("jobs", "show", id, "--json");
        await SchemaCheck.AssertAsync("job", json);
        var job = JsonNode.Parse(json)!;
        if (job["endedAt"] is not null)
        {
            var counts = job["counts"]!.AsObject()
                .ToDictionary(count => count.Key, count => count.Value!.GetValue<long>());
            Assert.Equal(counts["total"], counts.Where(count => count.Key != "total").Sum(count => count.Value));
        }

        return job;
    }

    /// <summary>A worker that listens.</summary>
    public async Task<MmeProcess> StartWorkerAsync(params (string Name, string Value)[] settings)
    {
        var worker = MmeProcess.Start(_storage.Connection, settings, ["worker"]);
        await worker.ListeningAsync();
        return worker;
    }

    private static bool IsGood(string file) =>
        Path.GetFileName(file) is not ("not-an-image.jpg" or "truncated.jpg" or "expected.json");
}
