using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Jobs;

/// <summary>Job records, shards and sending logs as JSON.</summary>
public static class JobJson
{
    private const string MembersMissing = "required members are missing";

    // The JSON never becomes part of an HTML page, so image names stay readable instead of being escaped.
    private static readonly JobJsonContext Context = new(new JsonSerializerOptions(JobJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static byte[] Write(Job job) => JsonSerializer.SerializeToUtf8Bytes(job, Context.Job);

    public static byte[] Write(JobShard shard) => JsonSerializer.SerializeToUtf8Bytes(shard, Context.JobShard);

    internal static byte[] Write(SendingState state) =>
        JsonSerializer.SerializeToUtf8Bytes(state, Context.SendingState);

    /// <exception cref="JobUnreadableException">It is not a job record.</exception>
    public static Job ReadJob(ReadOnlyMemory<byte> json, string name)
    {
        var job = Read(json, name, Context.Job);
        // The deserializer leaves missing members null even if their type isn't nullable.
        return job is { Asked: not null, Counts: not null, By: not null, Model: not null } && $"{job.Id}.json" == name
            ? job
            : throw new JobUnreadableException(name, MembersMissing);
    }

    /// <exception cref="JobUnreadableException">It is not a shard.</exception>
    public static JobShard ReadShard(ReadOnlyMemory<byte> json, string name)
    {
        var shard = Read(json, name, Context.JobShard);
        return shard is { Counts: not null, Refusals: not null, Changes: not null }
            ? shard
            : throw new JobUnreadableException(name, MembersMissing);
    }

    /// <exception cref="JobUnreadableException">It is not a sending log.</exception>
    internal static SendingState ReadSending(ReadOnlyMemory<byte> json, string name)
    {
        var state = Read(json, name, Context.SendingState);
        return state is { Run: not null, Messages: not null }
            ? state
            : throw new JobUnreadableException(name, MembersMissing);
    }

    private static T Read<T>(ReadOnlyMemory<byte> json, string name, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, type)
                ?? throw new JobUnreadableException(name, "it is null");
        }
        catch (JsonException exception)
        {
            throw new JobUnreadableException(name, JsonProblem.Describe(json.Span, exception, type), exception);
        }
    }
}

/// <summary>A document is not a job record, shard or sending log. This application can't have written it.</summary>
public sealed class JobUnreadableException(string name, string problem, Exception? inner = null)
    : IOException(
        name.StartsWith(SendingLog.Folder, StringComparison.Ordinal)
            // Without the log, a listing would send all images a second time, and the job would count them twice.
            ? $"'jobs/{name}' is not a valid sending log: {problem}. Don't remove it, or its job will count images "
                + "twice. Cancel the job, and then start a new one."
            : $"'jobs/{name}' is not a valid job record: {problem}. Remove it to continue.",
        inner);

internal sealed class JobIdConverter : JsonConverter<JobId>
{
    public override JobId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JobId.Parse(reader.GetString()) ?? throw new JsonException("the id is not a valid job name.");

    public override void Write(Utf8JsonWriter writer, JobId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}

internal sealed class ModelNameConverter : JsonConverter<ModelName>
{
    public override ModelName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ModelName.Parse(reader.GetString()).TryGet(out var name, out var refusal)
            ? name
            : throw new JsonException(refusal.Message);

    public override void Write(Utf8JsonWriter writer, ModelName value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false,
    WriteIndented = true,
    Converters = [typeof(JobIdConverter), typeof(ModelNameConverter)])]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(JobShard))]
[JsonSerializable(typeof(SendingState))]
internal sealed partial class JobJsonContext : JsonSerializerContext;
