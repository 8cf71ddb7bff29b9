// Short messages at the foot of the page.
import { useEffect, useState } from "react";

let show: (message: string) => void = () => {};

export function toast(message: string): void {
  show(message);
}

export function Toasts() {
  const [message, setMessage] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    show = (text) => {
      clearTimeout(timer);
      setMessage(text);
      timer = setTimeout(() => setMessage(""), 6000);
    };
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="toasts" aria-live="polite">
      {message && <p>{message}</p>}
    </div>
  );
}
