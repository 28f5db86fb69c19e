using ServerlessMme.Architecture.Tests.Samples.Used;

namespace ServerlessMme.Architecture.Tests.Samples.Uses;

// Each type uses the samples in Used in the one way that its name says.
internal sealed class BaseType : Tool;

internal sealed class Interface : ITool;

[Tool]
internal sealed class TypeAttribute;

internal sealed class Field
{
    public Tool? Value = new();
}

internal sealed class ArrayInGeneric
{
    public List<Tool[]> Value = [];
}

internal sealed class Constraint<T>
    where T : Tool
{
    public static T Same(T value) => value;
}

internal sealed class Parameter
{
    public static void Take(ref Tool tool) => _ = tool;
}

internal sealed class ReturnValue
{
    public static Tool? Give() => null;
}

internal sealed class ParameterAttribute
{
    public static void Take([Tool] object value) => _ = value;
}

internal sealed class Event
{
    public static event Action<Tool>? Raised;

    public static bool HasListeners => Raised is not null;
}

internal sealed class StaticCall
{
    public static void Call() => Tool.Count++;
}

internal sealed class GenericMethod
{
    public static int Size() => Array.Empty<Tool>().Length;
}

internal sealed class TypeOf
{
    public static string Name() => typeof(ITool).Name;
}

internal sealed class Catch
{
    public static void Run(Action action)
    {
        try
        {
            action();
        }
        catch (Tool)
        {
            Console.WriteLine();
        }
    }
}

internal sealed class Lambda
{
    public static Func<int> Create(int count) => () => count + Tool.Count;
}

internal sealed class AsyncMethod
{
    public static async Task RunAsync()
    {
        await Task.Yield();
        Tool.Count++;
    }
}

internal sealed class Iterator
{
    public static IEnumerable<int> Run()
    {
        yield return Tool.Count;
    }
}

internal sealed class Nested
{
    internal sealed class Inner : ITool;
}
