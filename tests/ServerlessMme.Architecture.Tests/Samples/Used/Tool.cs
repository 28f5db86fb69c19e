namespace ServerlessMme.Architecture.Tests.Samples.Used;

internal class Tool : Exception
{
    public static int Count { get; set; }
}

internal interface ITool;

[AttributeUsage(AttributeTargets.All)]
internal sealed class ToolAttribute : Attribute;

