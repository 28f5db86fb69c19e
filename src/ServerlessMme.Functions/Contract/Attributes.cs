// The worker types that the functions use, under their own names. ContractTests compares them with the worker's source.

namespace Microsoft.Azure.Functions.Worker
{
    [AttributeUsage(AttributeTargets.Method)]
    public class FunctionAttribute(string name) : Attribute
    {
        public string Name { get; } = name;
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class QueueTriggerAttribute(string queueName) : Attribute
    {
        public string QueueName { get; } = queueName;
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class BlobTriggerAttribute(string blobPath) : Attribute
    {
        public string BlobPath { get; } = blobPath;
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class TimerTriggerAttribute(string schedule) : Attribute
    {
        public string Schedule { get; } = schedule;
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) : Attribute
    {
        public string? Route { get; set; }

        public string[] Methods { get; } = methods;

        public AuthorizationLevel AuthLevel { get; } = authLevel;
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FixedDelayRetryAttribute(int maxRetryCount, string delayInterval) : Attribute
    {
        public int MaxRetryCount { get; } = maxRetryCount;

        public string DelayInterval { get; } = delayInterval;
    }

    public enum AuthorizationLevel
    {
        Anonymous = 0,
        User = 1,
        Function = 2,
        System = 3,
        Admin = 4,
    }

    public class TimerInfo
    {
        public bool IsPastDue { get; set; }
    }

    public abstract class FunctionContext
    {
        public abstract BindingContext BindingContext { get; }
    }

    public abstract class BindingContext
    {
        public abstract IReadOnlyDictionary<string, object?> BindingData { get; }
    }
}

namespace Microsoft.Azure.Functions.Worker.Core.FunctionMetadata
{
    public interface IFunctionMetadataTransformer
    {
        string Name { get; }

        void Transform(IList<IFunctionMetadata> original);
    }

    public interface IRetryOptions
    {
        int MaxRetryCount { get; }
    }

    public interface IFunctionMetadata
    {
        string? Language { get; }

        string? Name { get; }

        string? EntryPoint { get; }

        IList<string>? RawBindings { get; }

        string? ScriptFile { get; }

        IRetryOptions? Retry { get; }
    }

    public class DefaultFunctionMetadata : IFunctionMetadata
    {
        public string? Language { get; set; }

        public string? Name { get; set; }

        public string? EntryPoint { get; set; }

        public IList<string>? RawBindings { get; set; }

        public string? ScriptFile { get; set; }

        public IRetryOptions? Retry { get; set; }
    }
}
