using ServerlessMme.Core.Models;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Graphs;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Hostile;

public sealed class HostileModelTests(StorageFixture storage) : IClassFixture<StorageFixture>, IDisposable
{
    private const int Timeout = 180_000;
    private const long MiB = 1 << 20;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(90);

    private static readonly string Manifest = """
        {
          "labels": ["red", "green", "blue"],
          "input": {
            "width": 4, "height": 2, "layout": "NCHW", "channels": "RGB", "type": "float32",
            "resize": { "mode": "stretch", "filter": "bilinear" }
          },
          "output": { "activation": "none" }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. HostileModels.All.Keys];

    private IEnumerable<(string, string)> Settings =>
    [
        ("Mme__Artifacts__Folder", _folder.PathOf("artifacts")),
        ("Mme__Models__BudgetBytes", $"{256 * MiB}"),
        ("Mme__Models__LoadTimeout", "00:00:10"),
        ("Mme__Onnx__RunTimeout", "00:00:02"),
    ];

    public void Dispose() => _folder.Dispose();

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Names))]
    public async Task Classify_refuses_the_model_and_stays_small(string name)
    {
        await using var mme = StartClassify(Publish(name, HostileModels.All[name]));
        var peak = 0L;
        var end = mme.FinishAsync();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!end.IsCompleted && await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            peak = Math.Max(peak, Resident(mme.Id, "VmHWM"));
        }

        var (exitCode, output, error) = await end;
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith($"InvalidModel: model.onnx of model '{name}' ", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
        Assert.InRange(peak, 0, 256 * MiB);
    }

    [Fact(Timeout = Timeout)]
    public async Task Serve_answers_with_other_models_while_models_hang()
    {
        foreach (var (name, onnx) in HostileModels.All)
        {
            Publish(name, onnx);
        }

        Publish("harmless", HostileModels.Harmless());
        await using var mme = MmeProcess.Start(
            null, Settings, ["serve", "--models-dir", _folder.PathOf("models"), "--port", "0"]);
        using var http = new HttpClient { BaseAddress = await mme.ServingAsync() };
        Assert.True((await InvokeAsync(http, "harmless")).IsSuccess);
        var before = Resident(mme.Id, "VmRSS");

        var hostile = HostileModels.All.Keys.Select(name => InvokeAsync(http, name)).ToList();
        for (var i = 0; i < 20; i++)
        {
            Assert.True((await InvokeAsync(http, "harmless")).IsSuccess);
        }

        foreach (var refused in await Task.WhenAll(hostile))
        {
            Assert.False(refused.IsSuccess);
            Assert.Contains("InvalidModel", refused.Body, StringComparison.Ordinal);
        }

        // The refusals are remembered: no model is tried again.
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(HostileModels.All.Keys.Select(name => InvokeAsync(http, name)));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        if (OperatingSystem.IsLinux())
        {
            Assert.InRange(Resident(mme.Id, "VmHWM") - before, 0, 64 * MiB);
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Worker_loads_and_answers_with_other_models_while_models_hang()
    {
        var image = BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
        var hostile = new List<ModelName>();
        foreach (var (name, onnx) in HostileModels.All)
        {
            hostile.Add(await PushAsync(name, onnx));
        }

        var cold = await PushAsync("harmless", HostileModels.Harmless());
        await using var worker = MmeProcess.Start(storage.Connection, Settings, ["worker"]);
        await worker.ListeningAsync();
        await storage.DropAsync(storage.Cifar, "first.jpg", image);
        (await storage.LabelAsync(storage.Cifar, "first.jpg", Long)).Dispose();
        var before = Resident(worker.Id, "VmRSS");

        foreach (var model in hostile)
        {
            await storage.DropAsync(model, "a.jpg", image);
        }

        await storage.DropAsync(cold, "a.jpg", image);
        await storage.DropAsync(storage.Cifar, "second.jpg", image);

        foreach (var (model, name) in new[] { (storage.Cifar, "second.jpg"), (cold, "a.jpg") })
        {
            using var label = await storage.LabelAsync(model, name, Long);
            Assert.Null(LabelError.CodeOf(label.RootElement));
        }

        foreach (var model in hostile)
        {
            using var label = await storage.LabelAsync(model, "a.jpg", Long);
            Assert.Equal("InvalidModel", LabelError.CodeOf(label.RootElement));
        }

        Assert.False(worker.HasExited);
        if (OperatingSystem.IsLinux())
        {
            Assert.InRange(Resident(worker.Id, "VmHWM") - before, 0, 64 * MiB);
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Killed_process_takes_its_hanging_child_with_it()
    {
        Assert.SkipUnless(Directory.Exists("/proc"), "Children are found in /proc.");
        await using var mme = StartClassify(
            Publish("endless", HostileModels.Endless()), ("Mme__Onnx__RunTimeout", "00:30:00"));
        var child = await Eventually.GetAsync(
            TimeSpan.FromMinutes(1), "child", () => Task.FromResult(FindChild(mme.Id)));

        await mme.KillAsync();

        await Eventually.GetAsync(TimeSpan.FromSeconds(20), "end of the child",
            () => Task.FromResult(Directory.Exists(child) ? null : child));
    }

    private MmeProcess StartClassify(string model, params (string, string)[] settings) => MmeProcess.Start(
        null, [.. Settings.ExceptBy(settings.Select(each => each.Item1), each => each.Item1), .. settings],
        ["classify", Repository.CifarImages[0], "--model", model, "--format", "jsonl"]);

    private string Publish(string name, byte[] onnx)
    {
        _folder.Write(Path.Combine("models", name, "model.json"), System.Text.Encoding.UTF8.GetBytes(Manifest));
        return Path.GetDirectoryName(_folder.Write(Path.Combine("models", name, "model.onnx"), onnx))!;
    }

    /// <summary>Publishes a model unchecked, because the check refuses a hostile one.</summary>
    private async Task<ModelName> PushAsync(string name, byte[] onnx)
    {
        var model = ModelName.Parse(name).Value;
        var pushed = await new ModelPublisher(storage.Account).PushAsync(
            model, Publish(name, onnx), TestContext.Current.CancellationToken);
        Assert.Null(pushed.Refusal);
        return model;
    }

    private static async Task<(bool IsSuccess, string Body)> InvokeAsync(HttpClient http, string model)
    {
        using var body = new ByteArrayContent(await File.ReadAllBytesAsync(Repository.CifarImages[0]));
        body.Headers.ContentType = new("image/jpeg");
        body.Headers.Add("X-Amzn-SageMaker-Target-Model", model);
        using var answer = await http.PostAsync(new Uri("/endpoints/mme/invocations", UriKind.Relative), body);
        return (answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string? FindChild(int id)
    {
        var processes = Directory.GetDirectories("/proc").Where(each => int.TryParse(Path.GetFileName(each), out _));
        foreach (var folder in processes)
        {
            try
            {
                // The fourth field is the parent; the second is a name, which may have spaces.
                var fields = File.ReadAllText(Path.Combine(folder, "stat")).Split(") ")[^1].Split(' ');
                if (fields[1] == $"{id}")
                {
                    return folder;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has ended.
            }
        }

        return null;
    }

    private static long Resident(int id, string line)
    {
        try
        {
            var value = File.ReadLines($"/proc/{id}/status")
                .First(each => each.StartsWith(line, StringComparison.Ordinal));
            return long.Parse(value.Split(' ')[^2], System.Globalization.CultureInfo.InvariantCulture) << 10;
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // No Linux, or it has ended.
            return 0;
        }
    }
}
