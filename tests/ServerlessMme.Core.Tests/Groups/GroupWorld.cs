using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Pipeline;
using ServerlessMme.Testing.Cache;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Groups;

/// <summary>
/// A group <c>topics</c> in memory. An image is the text of a number, and a member's score depends on its name, its
/// version and that number. Counts what it is asked for.
/// </summary>
internal sealed class GroupWorld : IDisposable
{
    public static readonly ModelName Topics = ModelName.Parse("topics").Value;
    private readonly TestMeters _meters = new();

    public GroupWorld(int budgetBytes = 1 << 30, WorkingMemory? memory = null)
    {
        Memory = memory ?? AmpleMemory.Create();
        Backends = new ScoringBackends();
        Cache = new ModelCache(
            Catalog,
            new ModelLoader(Catalog, [Backends, Backends.Remote], memory: Memory),
            Options.Create(new ModelCacheOptions { BudgetBytes = budgetBytes, EstimateFactor = 1 }),
            Time,
            _meters,
            NullLogger<ModelCache>.Instance);
        Classifier = new BatchClassifier(
            Cache, Preprocessor, Memory, Options.Create(new PipelineOptions { Workers = 4 }), Time);
    }

    public WorkingMemory Memory { get; }

    public GroupCatalog Catalog { get; } = new();

    public ScoringBackends Backends { get; }

    public CountingPreprocessor Preprocessor { get; } = new();

    public FakeSource Images { get; } = new();

    public StoredLabels Labels { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public ModelCache Cache { get; }

    public BatchClassifier Classifier { get; }

    public Task<BatchCounts> LabelAsync(bool skipLabeled = true) => Classifier.RunAsync(
        new ClassifyRequest(
            Topics, [.. Images.Images.Keys], Version: Catalog.VersionOf(Topics), SkipLabeled: skipLabeled),
        Images,
        Labels,
        observer: null,
        CancellationToken.None);

    /// <summary>An image's label as an object.</summary>
    public JsonElement Label(string image) => JsonDocument.Parse(Labels.Stored[image].Json).RootElement;

    /// <summary>What a member's answer says: its label, or its error's code.</summary>
    public static string Said(JsonElement answer) => answer.TryGetProperty("error", out var error)
        ? error.GetProperty("code").GetString()!
        : answer.GetProperty("label").GetString()!;

    /// <summary>However a run ended, it holds no memory.</summary>
    public void Dispose()
    {
        Cache.Dispose();
        _meters.Dispose();
        Catalog.Dispose();
        AmpleMemory.AssertUnused(Memory);
        Assert.Equal(0, Backends.Live);
    }
}

/// <summary>The group <c>topics</c> and its models. Thread-safe.</summary>
internal sealed class GroupCatalog : IModelCatalog, IDisposable
{
    private readonly ConcurrentDictionary<string, (string Version, string Manifest, long Bytes)> _models = new();
    private readonly ConcurrentDictionary<string, string> _aliases = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mme-group-").FullName;
    private int _finds;

    public List<string> Members { get; } = [];

    /// <summary>Members that are groups themselves.</summary>
    public List<string> Nested { get; } = [];

    public int Finds => Volatile.Read(ref _finds);

    public void Publish(
        string name, string version = "1", string input = """{"width":1,"height":1,"channels":"grey","type":"uint8"}""",
        string backend = "onnx", long bytes = 1)
    {
        if (!Members.Contains(name))
        {
            Members.Add(name);
        }

        _models[name] = (
            version, $$$"""{"labels":["a","b"],"input":{{{input}}},"top":2,"backend":{{{Backend(backend)}}}}""", bytes);
    }

    private static string Backend(string type) => type == "onnx"
        ? """{"type":"onnx"}"""
        : """{"type":"sagemaker","endpoint":"e","region":"r"}""";

    /// <summary>Makes a member stand for a published model.</summary>
    public void Alias(string name, string target)
    {
        Members.Add(name);
        _aliases[name] = target;
    }

    public void Remove(string name) => _models.TryRemove(name, out _);

    public string? VersionOf(ModelName name) => Describe(name)?.Version;

    public async IAsyncEnumerable<ModelDescriptor> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield return Describe(GroupWorld.Topics)!;
    }

    public Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _finds);
        return Task.FromResult(Describe(name));
    }

    public async Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken)
    {
        var path = Path.Combine(_folder, $"{descriptor.Name}-{descriptor.Version}");
        await File.WriteAllTextAsync(path, _models[descriptor.Name.Value].Manifest, cancellationToken);
        return new ModelFiles(path, path, $"sha256:{descriptor.Version}");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ModelDescriptor? Describe(ModelName name)
    {
        if (name != GroupWorld.Topics)
        {
            var target = _aliases.GetValueOrDefault(name.Value);
            return _models.TryGetValue(target ?? name.Value, out var model)
                ? new ModelDescriptor(
                    name, model.Version, model.Bytes, target is null ? null : ModelName.Parse(target).Value)
                : null;
        }

        GroupMember[] members = [.. Members.Select(member => new GroupMember(
            ModelName.Parse(member).Value,
            _models.TryGetValue(_aliases.GetValueOrDefault(member, member), out var model) ? model.Version : null)
        {
            IsGroup = Nested.Contains(member),
        })];
        return new ModelDescriptor(name, GroupVersion.Of(members), 0)
        {
            Members = members,
            LacksTarget = members.All(member => member.Version is null),
        };
    }
}

/// <summary>Counts the tensors that it fills. Refuses the text <c>small</c> for inputs of a fixed size.</summary>
internal sealed class CountingPreprocessor : IImagePreprocessor
{
    private int _fills;

    public int Fills => Volatile.Read(ref _fills);

    public ValueTask<Refusal?> FillAsync(
        EncodedImage image, InputSpec input, TensorBatch tensors, int row, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _fills);
        if (image.Bytes.Span.SequenceEqual("200"u8) && input.Resize.Mode == ResizeMode.None)
        {
            return new(new Refusal(ErrorCode.WrongSize, "200 has the wrong size."));
        }

        return new(byte.TryParse(image.Bytes.Span, out tensors.Row(row)[0])
            ? null
            : new Refusal(ErrorCode.NotAnImage, $"'{image.Reference.Name}' is no number."));
    }
}

/// <summary>Labels as their JSON, with the stamps that storage would have. Counts reads. Thread-safe.</summary>
internal sealed class StoredLabels : ILabelSink
{
    private int _opened;
    private int _written;

    public ConcurrentDictionary<string, (LabelStamp Stamp, byte[] Json, Label Label)> Stored { get; } = new();

    public int Opened => Volatile.Read(ref _opened);

    public int Written => Volatile.Read(ref _written);

    public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
        Task.FromResult(Stored.TryGetValue(image, out var stored) ? stored.Stamp : null);

    public Task<Stream?> OpenAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _opened);
        return Task.FromResult<Stream?>(
            Stored.TryGetValue(image, out var stored) ? new MemoryStream(stored.Json, writable: false) : null);
    }

    public Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _written);
        var stamp = new LabelStamp(label.Image.ETag ?? LabelStamp.NoImage, label.Model.Version ?? LabelStamp.NoModel)
        {
            Answer = label.Answer,
            PreviousAnswer = label.PreviousAnswer,
        };
        Stored[label.Image.Name] = (stamp, LabelJson.Write(label), label);
        return Task.FromResult<LabelStamp?>(null);
    }
}
