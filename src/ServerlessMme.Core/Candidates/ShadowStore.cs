using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Candidates;

/// <summary>
/// The documents of shadows: <c>shadows/{model}.json</c> defines the run, and each process counts in
/// <c>shadows/{model}/{run}-{process}.json</c>. A new run removes the previous run's counts. Thread-safe.
/// </summary>
public sealed class ShadowStore(IDocumentStore documents)
{
    private const string Folder = "shadows/";
    private const string Suffix = ".json";

    /// <summary>Starts a shadow. Returns null if it was started, or the shadow that is already running.</summary>
    public async Task<Shadow?> StartAsync(Shadow shadow, CancellationToken cancellationToken)
    {
        while (true)
        {
            var stored = await documents.ReadAsync(NameOf(shadow.Model), cancellationToken);
            if (stored is not null && Read(stored.Json, ShadowJson.Default.Shadow) is { StoppedAt: null } running)
            {
                return running;
            }

            var condition = stored is null ? WriteCondition.Absent : WriteCondition.Matches(stored.Version);
            if (await WriteAsync(shadow, condition, cancellationToken))
            {
                await RemoveTalliesAsync(shadow, cancellationToken);
                return null;
            }
        }
    }

    /// <summary>Returns the model's shadow, running or stopped; null if the model never had one.</summary>
    public async Task<Shadow?> FindAsync(ModelName model, CancellationToken cancellationToken) =>
        await documents.ReadAsync(NameOf(model), cancellationToken) is { } stored
            ? Read(stored.Json, ShadowJson.Default.Shadow)
            : null;

    /// <summary>Stops the model's shadow and returns it; null if none is running.</summary>
    public async Task<Shadow?> StopAsync(ModelName model, DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (await documents.ReadAsync(NameOf(model), cancellationToken) is { } stored
            && Read(stored.Json, ShadowJson.Default.Shadow) is { StoppedAt: null } running)
        {
            var stopped = running with { StoppedAt = now };
            if (await WriteAsync(stopped, WriteCondition.Matches(stored.Version), cancellationToken))
            {
                return stopped;
            }
        }

        return null;
    }

    /// <summary>Lists the running shadows.</summary>
    public async IAsyncEnumerable<Shadow> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var document in documents.ListAsync(Folder, cancellationToken))
        {
            if (await documents.ReadAsync(document.Name, cancellationToken) is { } stored
                && Read(stored.Json, ShadowJson.Default.Shadow) is { StoppedAt: null } shadow)
            {
                yield return shadow;
            }
        }
    }

    /// <summary>Writes a process's counts for this run, replacing its earlier ones.</summary>
    public Task WriteAsync(Shadow shadow, string process, ShadowTally tally, CancellationToken cancellationToken) =>
        documents.TryWriteAsync(
            $"{TalliesOf(shadow)}{shadow.Run}-{process}{Suffix}",
            new NewDocument(JsonSerializer.SerializeToUtf8Bytes(tally, ShadowJson.Default.ShadowTally)),
            WriteCondition.None,
            cancellationToken);

    /// <summary>Sums all processes' counts for this run.</summary>
    /// <param name="except">A process to leave out; null for none.</param>
    public async Task<ShadowTally> SumAsync(Shadow shadow, string? except, CancellationToken cancellationToken)
    {
        var sum = ShadowTally.Nothing;
        await foreach (var document in documents.ListAsync(TalliesOf(shadow), cancellationToken))
        {
            var run = $"{TalliesOf(shadow)}{shadow.Run}-";
            if (document.Name.StartsWith(run, StringComparison.Ordinal)
                && document.Name != $"{run}{except}{Suffix}"
                && await documents.ReadAsync(document.Name, cancellationToken) is { } stored
                && Read(stored.Json, ShadowJson.Default.ShadowTally) is { IsValid: true } tally)
            {
                sum = sum.Plus(tally);
            }
        }

        return sum;
    }

    private static string NameOf(ModelName model) => $"{Folder}{model}{Suffix}";

    private static string TalliesOf(Shadow shadow) => $"{Folder}{shadow.Model}/";

    private Task<bool> WriteAsync(Shadow shadow, WriteCondition condition, CancellationToken cancellationToken) =>
        documents.TryWriteAsync(
            NameOf(shadow.Model),
            new NewDocument(JsonSerializer.SerializeToUtf8Bytes(shadow, ShadowJson.Default.Shadow)),
            condition,
            cancellationToken);

    private async Task RemoveTalliesAsync(Shadow shadow, CancellationToken cancellationToken)
    {
        await foreach (var document in documents.ListAsync(TalliesOf(shadow), cancellationToken))
        {
            if (!document.Name.StartsWith($"{TalliesOf(shadow)}{shadow.Run}-", StringComparison.Ordinal))
            {
                await documents.RemoveAsync(document.Name, null, cancellationToken);
            }
        }
    }

    // Others may write into the container, so ignore documents that aren't ours.
    private static T? Read<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true,
    Converters = [typeof(ModelNameConverter)])]
[JsonSerializable(typeof(Shadow))]
[JsonSerializable(typeof(ShadowTally))]
internal sealed partial class ShadowJson : JsonSerializerContext;
