using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServerlessMme.Storage.Jobs;

/// <summary>Job records and shards as JSON.</summary>
public static class JobJson
{
    // Data, never part of a page, so that names of images stay readable.
    private static readonly JobJsonContext Context = new(new JsonSerializerOptions(JobJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static byte[] Write(Job job) => JsonSerializer.SerializeToUtf8Bytes(job, Context.Job);

    public static byte[] Write(JobShard shard) => JsonSerializer.SerializeToUtf8Bytes(shard, Context.JobShard);

    /// <exception cref="JobUnreadableException">It is not what was written.</exception>
    public static Job ReadJob(BinaryData json, string name)
    {
        var job = Read(json, name, Context.Job);
        // Members that are missing are null, whatever the type says.
        return job is { Asked: not null, Counts: not null, By: not null, Model: not null } && $"{job.Id}.json" == name
            ? job
            : throw new JobUnreadableException(name, new JsonException("members are missing."));
    }

    /// <exception cref="JobUnreadableException">It is not what was written.</exception>
    public static JobShard ReadShard(BinaryData json, string name)
    {
        var shard = Read(json, name, Context.JobShard);
        return shard is { Counts: not null, Refusals: not null, Changes: not null }
            ? shard
            : throw new JobUnreadableException(name, new JsonException("members are missing."));
    }

    private static T Read<T>(
        BinaryData json, string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new JobUnreadableException(name, exception);
        }
    }
}

/// <summary>Somebody else has written over a job's record.</summary>
public sealed class JobUnreadableException(string name, Exception inner)
    : IOException($"'jobs/{name}' is no record of a job: {inner.Message} Remove it to go on.", inner);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false,
    WriteIndented = true)]
[JsonSerializable(typeof(Job))]
[JsonSerializable(typeof(JobShard))]
internal sealed partial class JobJsonContext : JsonSerializerContext;
