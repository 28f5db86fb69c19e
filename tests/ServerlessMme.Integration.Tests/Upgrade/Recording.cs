using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>
/// An account as one version of the product left it: <c>Recorded/{version}/index.json</c>, the blobs' contents in
/// <c>blobs/</c>, and in <c>machine/</c> the folder for artifacts of a worker, with its tensor store.
/// </summary>
internal sealed record Recording(
    string Version,
    DateTimeOffset RecordedAt,
    IReadOnlyList<string> Containers,
    IReadOnlyList<RecordedBlob> Blobs,
    IReadOnlyList<RecordedQueue> Queues)
{
    private const string Index = "index.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Every version that was recorded.</summary>
    public static IEnumerable<TheoryDataRow<string>> Versions() =>
        Directory.GetDirectories(FolderOf("")).Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal).Select(version => new TheoryDataRow<string>(version));

    public static string FolderOf(string version) => Repository.PathOf(
        "tests", "ServerlessMme.Integration.Tests", "Upgrade", "Recorded", version);

    /// <summary>The folder for artifacts of the worker that was recorded.</summary>
    public static string MachineOf(string version) => Path.Combine(FolderOf(version), "machine");

    public static async Task<Recording> ReadAsync(string version)
    {
        await using var file = File.OpenRead(Path.Combine(FolderOf(version), Index));
        return (await JsonSerializer.DeserializeAsync<Recording>(file, Json))!;
    }

    /// <summary>Where the content of a blob is. Blobs of the same content may share a file.</summary>
    public static string PathOf(string version, string file) => Path.Combine(FolderOf(version), "blobs", file);

    public async Task WriteAsync()
    {
        await using var file = File.Create(Path.Combine(FolderOf(Version), Index));
        await JsonSerializer.SerializeAsync(file, this, Json);
    }

    /// <summary>The content of a recorded blob.</summary>
    public Task<byte[]> ContentAsync(RecordedBlob blob) => File.ReadAllBytesAsync(PathOf(Version, blob.File));

    /// <summary>The blobs of a container, by name.</summary>
    public IReadOnlyDictionary<string, RecordedBlob> In(string container) =>
        Blobs.Where(blob => blob.Container == container).ToDictionary(blob => blob.Name);
}

/// <param name="ETag">Without quotes.</param>
/// <param name="File">The content's file, relative to <c>blobs/</c>.</param>
/// <param name="Blocks">The committed blocks; null for a blob that was written at once.</param>
internal sealed record RecordedBlob(
    string Container,
    string Name,
    string ETag,
    DateTimeOffset LastModified,
    string ContentType,
    IReadOnlyDictionary<string, string> Metadata,
    string File,
    IReadOnlyList<RecordedBlock>? Blocks);

internal sealed record RecordedBlock(string Id, int Bytes);

internal sealed record RecordedQueue(string Name, IReadOnlyList<RecordedMessage> Messages);

/// <param name="Text">As it was on the queue, base64 or plain.</param>
/// <param name="Tries">How often workers had received it.</param>
internal sealed record RecordedMessage(string Text, long Tries);
